"""Feature attribution as the page shows it: all is measured and said here, nothing is left to the template."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kedge.adapters.presentation import attribution
from kedge.adapters.presentation.intervals import Scale, ends, reach, within
from kedge.adapters.presentation.quality_cards import Card, by_severity
from kedge.adapters.presentation.sentences import MARKS
from kedge.adapters.presentation.told import told
from kedge.adapters.presentation.words import number, percent, plain
from kedge.analysis.attribution.summary import FeatureSides, LabelSummary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.adapters.presentation.intervals import Interval, Reach
    from kedge.analysis.attribution.summary import AttributionReport
    from kedge.analysis.severity import Severity

_FEATURES = 200
_FEWEST = 10


@dataclass(frozen=True)
class Row:
    """One feature's attribution in the window, beside the baseline's."""

    name: str
    rank: str
    window: str
    baseline: str
    share: str
    change: str
    moved: bool
    severity: Severity | None
    chart: Interval

    @property
    def mark(self) -> str:
        """The shape of its severity."""
        return MARKS[self.severity] if self.severity else ""


@dataclass(frozen=True)
class LabelCard:
    """One label: its NDCG, the mean answer, and its features, those that moved most first, then the most important."""

    anchor: str
    name: str
    ndcg: str
    interval: str
    bound: str
    answer: str
    rows: tuple[Row, ...]
    total: int
    severity: Severity | None
    chart: Interval

    @property
    def mark(self) -> str:
        """The shape of its severity."""
        return MARKS[self.severity] if self.severity else ""

    @property
    def moved(self) -> int:
        """How many of those shown have moved: all that have are shown before any other."""
        return sum(row.moved for row in self.rows)


def fired(report: AttributionReport) -> list[tuple[Severity, list[Card]]]:
    """Return the labels and features that fired by severity."""
    places = {attribution.subject(name): f"l{place}" for place, name in enumerate(report.statistics.labels)}
    of = {attribution.subject(f.label, f.feature_name): f.label for f in report.summary.findings}
    found = told(report).by_subject.items()
    return by_severity([Card(places.get(of[name], "labels"), plain(name), tuple(wrong)) for name, wrong in found])


def labels(report: AttributionReport, most: int = _FEATURES) -> list[LabelCard]:
    """Return every label with its features, ``most`` in all; a report of the service has no more than their values."""
    known = report.summary.labels or _told(report)
    each = max(_FEWEST, most // (len(known) or 1))
    return [_label(report, place, name, found, each) for place, (name, found) in enumerate(known.items())]


def _told(report: AttributionReport) -> dict[str, LabelSummary]:
    """Return what the analysis alone says of labels."""
    return {
        name: LabelSummary(
            threshold=math.nan, expected_value=found.expected_value, features=_features(found.global_shap_values)
        )
        for name, found in report.statistics.labels.items()
    }


def _features(values: Mapping[str, float]) -> dict[str, FeatureSides]:
    whole = math.fsum(map(abs, values.values())) or 1.0
    order = sorted(values, key=lambda name: -abs(values[name]))
    return {
        name: FeatureSides(value=values[name], share=abs(values[name]) / whole, rank=place)
        for place, name in enumerate(order, 1)
    }


def _label(report: AttributionReport, place: int, name: str, found: LabelSummary, most: int) -> LabelCard:
    accused = {f.feature_name: f.severity for f in report.summary.findings if f.label == name}
    judged = math.isfinite(found.threshold)
    now = within(found.ndcg, _between(found))
    scale = Scale.over([*ends(now), *[found.threshold] * judged, 1.0])
    return LabelCard(
        anchor=f"l{place}",
        name=plain(name),
        ndcg=attribution.score(found.ndcg),
        interval=""
        if now is None or now.low == now.high
        else f"{attribution.score(now.low)} to {attribution.score(now.high)}",
        bound=f"≥ {number(found.threshold)}" if judged else number(None),
        answer=_was(found.expected_value, found.baseline_expected_value),
        rows=_rows(report, name, found, accused, most),
        total=len(found.features),
        severity=accused.get(None),
        chart=scale.interval(None, now, (found.threshold, math.inf) if judged else None),
    )


def _between(found: LabelSummary) -> tuple[float, float] | None:
    return None if found.lower is None or found.upper is None else (found.lower, found.upper)


def _was(now: float | None, before: float | None) -> str:
    return number(now, 3) if before is None else f"{number(now, 3)} ({number(before, 3)})"


def _rows(
    report: AttributionReport, label: str, found: LabelSummary, accused: Mapping[str | None, Severity], most: int
) -> tuple[Row, ...]:
    spreads = _spreads(report, label)
    order = sorted(found.features, key=lambda name: _order(found.features[name]))[:most]
    sides = {
        name: (reach(f.baseline, spreads.get(name)), reach(f.value, f.standard_deviation))
        for name, f in found.features.items()
    }
    scale = Scale.over([0.0, *ends(*(side for name in order for side in sides[name]))], least=0.0)
    return tuple(_row(name, found.features[name], scale, sides[name], accused.get(name)) for name in order)


def _order(found: FeatureSides) -> tuple[bool, float]:
    """What moved goes before what did not: the one by how far, the other by its place."""
    return (False, -abs(found.change or 0.0)) if found.moved else (True, found.rank)


def _spreads(report: AttributionReport, label: str) -> Mapping[str, float]:
    """Return what chance gives the baseline's attributions; labels of other names are compared by their place."""
    known = report.baseline.constraints.labels if report.baseline else {}
    seen = list(report.statistics.labels)
    at_place = list(known.values())[seen.index(label)] if label in seen and len(known) == len(seen) else None
    found = known.get(label, at_place)
    return (found and found.standard_deviations) or {}


def _row(
    name: str, found: FeatureSides, scale: Scale, sides: tuple[Reach | None, Reach | None], severity: Severity | None
) -> Row:
    chart = scale.interval(*sides, middle=0.0)
    return Row(
        name=plain(name),
        rank=attribution.ranks(found.baseline_rank, found.rank),
        window=number(found.value, 3),
        baseline=number(found.baseline, 3),
        share=percent(found.share) if found.baseline_share is None else _shares(found.share, found.baseline_share),
        change=_change(found),
        moved=bool(found.moved),
        severity=severity,
        chart=chart if found.baseline is None else replace(chart, bar=scale.bar(found.baseline)),
    )


def _shares(now: float, before: float) -> str:
    return f"{percent(now)} ({percent(before)})"


def _change(found: FeatureSides) -> str:
    if found.change is None:
        return ""
    told = number(found.change, 2)
    return told if found.change <= 0 else f"+{told}"
