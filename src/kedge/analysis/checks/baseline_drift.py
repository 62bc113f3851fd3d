"""The distribution is the one that the baseline had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kedge.analysis.drift import exceeds
from kedge.analysis.hints import hint
from kedge.analysis.report import Finding
from kedge.analysis.statistics.max import max as largest
from kedge.analysis.statistics.mean import mean
from kedge.analysis.statistics.min import min as smallest
from kedge.analysis.statistics.quantile import quantile
from kedge.analysis.statistics.std_dev import std_dev
from kedge.analysis.wording import number

if TYPE_CHECKING:
    from kedge.analysis.checks import Comparison
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import DriftDistance

NAMED = 3


def baseline_drift(comparison: Comparison) -> Finding | None:
    """Find a distance from the baseline above ``comparison_threshold``, or where it is a p-value below it.

    For categories the threshold is ``categorical_comparison_threshold`` where that is given.
    Nothing is found where there is no distance (:func:`kedge.analysis.drift.drift`).
    Reference: data-quality.md, 3.5, check 3.
    """
    drift, baseline, window = comparison.drift, comparison.baseline, comparison.window
    if drift is None or baseline is None or window is None or not exceeds(drift):
        return None
    categorical = comparison.constraint and comparison.constraint.inferred_type == "String"
    detail = _shares(baseline, window) if categorical else _moments(baseline, window)
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="baseline_drift_check",
        description=_sentence(drift),
        observed=drift.distance,
        expected=drift.threshold,
        detail={"method": drift.method, **detail},
        hint="" if categorical else hint(baseline, window),
    )


def _sentence(drift: DriftDistance) -> str:
    distance, threshold = number(drift.distance), number(drift.threshold)
    if drift.p_value:
        test = "chi-squared test" if drift.method == "ChiSquared" else drift.method
        return f"Baseline drift p-value: {distance} ({test}) is below threshold: {threshold}"
    return f"Baseline drift distance: {distance} exceeds threshold: {threshold}"


def _moments(baseline: Feature, window: Feature) -> dict[str, Any]:
    ends = np.array([quantile(baseline, 0.05), quantile(baseline, 0.95)], np.float64)
    return {
        side: {
            "count": feature.moments.count,
            "mean": mean(feature),
            "std_dev": std_dev(feature),
            "min": smallest(feature),
            "median": quantile(feature, 0.5),
            "max": largest(feature),
            "below_p5": float(feature.kll.cdf(ends, inclusive=False)[0]),
            "above_p95": 1 - float(feature.kll.cdf(ends)[1]),
        }
        for side, feature in (("baseline", baseline), ("window", window))
    }


def _shares(baseline: Feature, window: Feature) -> dict[str, Any]:
    """Return the shares of the categories that moved most."""
    sides = {
        side: {name: count / feature.categories.total for name, count in feature.categories.counts.items()}
        for side, feature in (("baseline", baseline), ("window", window))
    }
    before, after = sides.values()
    names = sorted(before.keys() | after.keys(), key=lambda c: (-abs(before.get(c, 0) - after.get(c, 0)), c))
    return {side: {name: shares.get(name, 0.0) for name in names[:NAMED]} for side, shares in sides.items()}
