"""No more single values stand out than did in the baseline."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

from kedge.analysis.distances.linfinity import linfinity
from kedge.analysis.drift import exceeds
from kedge.analysis.report import Finding
from kedge.analysis.wording import number, percent

if TYPE_CHECKING:
    from kedge.analysis.anomalies import Outside
    from kedge.analysis.checks import Comparison

OURS = True
CHANCE: Final = 0.005  # an excess that chance explains so often is no finding; a bound, the truth is about a fifth
MOVED: Final = 10


def anomaly(comparison: Comparison) -> Finding | None:
    """Find a share of numbers outside of what is usual that is larger than the baseline's own.

    It is larger where it exceeds the baseline's by more than ``maximum_share``, *and* by more than chance explains
    (:func:`surprise`). Nothing is found where the feature as a whole has moved (:func:`_moved`); where it has no
    spread; where nobody watched the rows. The service knows no such check.
    """
    outside, config = comparison.answers.outside.get(comparison.name), comparison.config.anomalies
    if outside is None:
        return None
    allowed = outside.baseline_share + config.maximum_share
    if outside.share <= allowed or surprise(outside) <= log(1 / CHANCE) or _moved(comparison, outside):
        return None
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="anomaly_check",
        description=(
            f"Anomalous values: {percent(outside.share)}% are outside of {number(outside.low)} to"
            f" {number(outside.high)}. Expected: At most {percent(allowed)}%."
        ),
        observed=outside.share,
        expected=allowed,
        detail={
            "values": outside.values,
            "outside": outside.outside,
            "low": outside.low,
            "high": outside.high,
            "baseline": outside.baseline_share,
            "window": outside.share,
        },
    )


def surprise(outside: Outside) -> float:
    """Return how surprising it is, in nats, that so many of all values outside are the window's.

    Were window and baseline alike, their values outside, ``K`` in all, would be the window's with the probability
    ``f``, its share of all values. That as many as ``k`` are has a probability of at most ``exp(-s)``, where ``s =
    K (p ln(p/f) + (1-p) ln((1-p)/(1-f)))``, ``p = k/K``; 0 where ``p`` is no more than ``f``.
    Reference: Hoeffding: Probability inequalities for sums of bounded random variables, JASA 58, 1963.
    """
    k, n, m = outside.outside, outside.values, outside.baseline_values
    before = outside.baseline_share * m
    total, f = k + before, n / max(n + m, 1)
    if k <= f * total:
        return 0.0
    return k * log(k / total / f) + (before * log(before / total / (1 - f)) if before else 0.0)


def _moved(comparison: Comparison, outside: Outside) -> bool:
    """Whether the values outside are the tail of a distribution that has moved as a whole.

    Where that is drift, it is told as such. Else: a burst moves a distribution by no more than its own share, and
    this one has moved ten times as far.
    """
    if not comparison.baseline or not comparison.window or (comparison.drift and exceeds(comparison.drift)):
        return True
    distance = linfinity(comparison.baseline, comparison.window, categorical=False, robust=True)
    return distance is not None and distance > MOVED * (outside.share - outside.baseline_share)
