"""The verdict: how far from parity a window is, held against how far it may be."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal
from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import NO_GROUP
from kedge.analysis.bias.documents import DRIFT
from kedge.analysis.bias.hints import hint
from kedge.analysis.bias.ranges import ranges
from kedge.analysis.bias.report import BiasFinding
from kedge.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kedge.analysis.bias.documents import BiasAnalysis, FacetEntry, MetricEntry
    from kedge.analysis.bias.ranges import Range, Ranges
    from kedge.analysis.bias_metrics import BiasMetric
    from kedge.analysis.report import Mode

_FEW = 5
_DIGITS = Context(prec=9, rounding=ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class _Pair:
    """One value of a facet, in the baseline and in the window."""

    facet: str
    known: FacetEntry
    seen: FacetEntry

    @property
    def told(self) -> str:
        return f"{self.facet}={self.seen.value_or_threshold}"

    def metrics(self) -> Iterator[tuple[MetricEntry, MetricEntry]]:
        """Yield each metric that both have."""
        seen = {metric.name: metric for metric in self.seen.metrics}
        yield from ((metric, seen[metric.name]) for metric in self.known.metrics if metric.name in seen)


def evaluate(
    baseline: BiasAnalysis, window: BiasAnalysis, metrics: Mapping[str, BiasMetric], mode: Mode = "default"
) -> tuple[list[BiasFinding], list[str]]:
    r"""Return which metrics are too far from parity, and notes on what could not be judged.

    Mode ``sagemaker``: a metric is violated where :math:`|m| > |b|`, of the values themselves; what either side has not
    is not judged.

    By default it is violated where its normal bootstrap interval, :math:`m \pm 1.96 s` with the standard deviation of
    50 replicas, does not overlap its range (:func:`~kedge.analysis.bias.ranges.ranges`). A facet of which a side has
    fewer than ``minimum_group_rows`` rows is not judged, and neither is an infinite value: it is a division by a count
    of 0, of which a bootstrap knows nothing.

    Findings come in the order of the baseline, predictions before labels.

    Parameters
    ----------
    baseline
        What was found in the baseline, and what a person demands.
    window
        What was found in the window.
    metrics
        By name, for their parity; 0 of one that is not known.
    mode
        ``default``, or ``sagemaker`` to judge like the service to the letter.

    References
    ----------
    bias.md, 5.7; Nigenda et al.: Amazon SageMaker Model Monitor, KDD 2022, section 6.1; docs/decisions/0024.
    """
    pairs = [
        _Pair(facet, entry, window.facets[facet, key])
        for (facet, key), entry in baseline.facets.items()
        if (facet, key) in window.facets
    ]
    if mode == "sagemaker":
        return [finding for pair in pairs for finding in _beyond(pair)], []
    least = baseline.minimum_group_rows
    judged = [pair for pair in pairs if not _is_small(pair, least)]
    places = ranges(baseline, window, metrics)
    found = [finding for pair in judged for finding in _apart(pair, places)]
    notes = [*_small(pairs, least), *_absent(baseline, window), *_undecided(judged)]
    return found, notes


def figure(value: float) -> str:
    """Return a number as the service's sentences have it: its first nine digits, not rounded.

    >>> figure(-17 / 49), figure(-29 / 305), figure(0.5), figure(float("inf"))
    ('-0.346938775', '-0.0950819672', '0.5', 'Infinity')
    """
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return f"{Decimal(repr(value)).normalize(_DIGITS):.9g}"


def _beyond(pair: _Pair) -> Iterator[BiasFinding]:
    for known, seen in pair.metrics():
        if known.value is not None and seen.value is not None and abs(seen.value) > abs(known.value):
            yield _finding(pair, known, seen, None, known.value)


def _apart(pair: _Pair, places: Ranges) -> Iterator[BiasFinding]:
    for known, seen in pair.metrics():
        ends, interval = places.get((pair.facet, pair.known.key, known.name)), seen.confidence_interval
        if seen.value is None or ends is None or interval is None or not math.isfinite(seen.value):
            continue
        if interval[0] > ends[1] or interval[1] < ends[0]:
            broken = ends[1] if interval[0] > ends[1] else ends[0]
            demanded = known.value if known.allowed_range is None and known.value is not None else broken
            yield _finding(pair, known, seen, ends, demanded)


def _finding(pair: _Pair, known: MetricEntry, seen: MetricEntry, ends: Range | None, demanded: float) -> BiasFinding:
    value = seen.value if seen.value is not None else math.nan
    return BiasFinding(
        facet=pair.facet,
        facet_value=pair.seen.value_or_threshold,
        metric_name=seen.name,
        constraint_check_type=DRIFT,
        description=(
            f"Metric value {figure(value)} doesn't meet the baseline constraint requirement {figure(demanded)}"
        ),
        observed=value,
        expected=known.value,
        allowed_range=ends,
        interval=seen.confidence_interval if ends else None,
        detail={"rows": pair.seen.smallest},
        hint=hint(seen.name, pair.known, pair.seen) if ends else "",
    )


def _is_small(pair: _Pair, least: int) -> bool:
    return pair.seen.smallest is not None and pair.seen.smallest < least


def _small(pairs: Sequence[_Pair], least: int) -> Iterator[str]:
    for pair in pairs:
        if _is_small(pair, least):
            rows = pair.seen.smallest or 0
            side = pair.seen.disadvantaged
            which = "" if side and side.rows == rows else "the side outside of "
            some = "1 row" if rows == 1 else f"{rows:,} rows"
            yield f"There is no verdict on {pair.told}: {which}it has {some} with a label, fewer than {least:,}."


def _absent(baseline: BiasAnalysis, window: BiasAnalysis) -> Iterator[str]:
    """Say what one side has and the other has not."""
    for (facet, key), entry in baseline.facets.items():
        if (facet, key) not in window.facets:
            seen = [found.value_or_threshold for (name, _), found in window.facets.items() if name == facet]
            yield f"The window has no {facet}={entry.value_or_threshold}, so it is not judged.{did_you_mean(key, seen)}"
    new = [
        f"{facet}={entry.value_or_threshold}"
        for (facet, key), entry in window.facets.items()
        if (facet, key) not in baseline.facets
    ]
    if new:
        yield f"The baseline knows nothing of {', '.join(new[:_FEW])}{', …' if len(new) > _FEW else ''}: not judged."


def _undecided(pairs: Sequence[_Pair]) -> Iterator[str]:
    """Say which metrics of the baseline the window leaves open, by reason."""
    for pair in pairs:
        reasons: dict[str, list[str]] = {}
        for known, seen in pair.metrics():
            if reason := _reason(known, seen):
                reasons.setdefault(reason, []).append(known.name)
        for reason, names in reasons.items():
            yield f"There is no verdict on {', '.join(names)} of {pair.told}: {reason}"


def _reason(known: MetricEntry, seen: MetricEntry) -> str | None:
    """Return why a metric is not judged; None where it is, or where nobody demands it."""
    if known.value is None and known.allowed_range is None:
        return None
    if seen.value is None:
        return f"{(seen.error or 'it has no value').rstrip('.')}." if seen.error != NO_GROUP or known.value else None
    if not math.isfinite(seen.value):
        return f"it is {figure(seen.value)}, a division by a count of 0."
    return "nothing is known of what chance does to it." if seen.confidence_interval is None else None
