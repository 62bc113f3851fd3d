"""Where each metric may lie: as a person wrote it, or as far from parity as in the baseline."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

from kedge.analysis.bias.measures import CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.bias.documents import BiasAnalysis, MetricEntry
    from kedge.analysis.bias_metrics import BiasMetric

    Range = tuple[float, float]
    Ranges = dict[tuple[str, str, str], Range]

_CHANCE: Final = NormalDist().cdf(-CONFIDENCE)


def ranges(baseline: BiasAnalysis, window: BiasAnalysis, metrics: Mapping[str, BiasMetric]) -> Ranges:
    r"""Return where each metric of a window may lie, by facet, by the entry's key, and by name.

    That is ``allowed_range``, where a person wrote one. Otherwise it is as far from parity as the baseline:
    :math:`p \pm |b - p|` with :math:`p = 1` for DI and 0 for all others, for a single metric of a baseline that is
    known exactly.

    But the baseline was a sample, too, and of :math:`k` metrics some interval is elsewhere by chance sooner than of
    one. So the range is wider by as much as it takes for an interval to miss it only where the distance from parity
    grew by more than :math:`z_k \sqrt{s^2 + s_b^2}`, with :math:`\Phi(-z_k) = \Phi(-1.96) / k`: the alarm of any is
    then as likely as that of one. Of a baseline that the service wrote :math:`s_b` is not known, and counts as 0.
    """
    pairs = {
        (*place, metric.name): (metric, seen)
        for place, entry in baseline.facets.items()
        if place in window.facets
        for seen in window.facets[place].metrics
        for metric in entry.metrics
        if metric.name == seen.name
    }
    many = sum(known.allowed_range is None and seen.value is not None for known, seen in pairs.values())
    deviations = -NormalDist().inv_cdf(_CHANCE / many) if many > 1 else CONFIDENCE
    found = {
        place: allowed(known, seen, metrics[known.name].parity if known.name in metrics else 0.0, deviations)
        for place, (known, seen) in pairs.items()
    }
    return {place: ends for place, ends in found.items() if ends is not None}


def allowed(known: MetricEntry, seen: MetricEntry, parity: float, deviations: float = CONFIDENCE) -> Range | None:
    """Return where a metric may lie; None where nothing is demanded.

    >>> from kedge.analysis.bias.documents import MetricEntry
    >>> seen = MetricEntry(name="DI", value=0.5, confidence_interval=(0.4, 0.6))
    >>> allowed(MetricEntry(name="DI", value=0.75), seen, 1.0)
    (0.75, 1.25)
    """
    if known.allowed_range is not None:
        return known.allowed_range
    if known.value is None:
        return None
    mine, theirs = _half(seen), _half(known)
    reach = abs(known.value - parity) + deviations / CONFIDENCE * math.hypot(mine, theirs) - mine
    return parity - reach, parity + reach


def _half(entry: MetricEntry) -> float:
    ends = entry.confidence_interval
    return (ends[1] - ends[0]) / 2 if ends else 0.0
