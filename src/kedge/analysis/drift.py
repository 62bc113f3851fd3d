"""How far a feature has moved: the distance that its constraints ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.distances.chi_squared import chi_squared
from kedge.analysis.distances.linfinity import linfinity
from kedge.analysis.report import DriftDistance

if TYPE_CHECKING:
    from kedge.analysis.documents import DistributionConstraints
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import Mode


def drift(
    baseline: Feature,
    window: Feature,
    config: DistributionConstraints,
    *,
    categorical: bool,
    mode: Mode = "default",
) -> DriftDistance | None:
    """Return the distance of a window from its baseline with its threshold, or None where there is none.

    The method is ``Simple`` or ``Robust``, where a distance *above* the threshold is drift, or for categories
    ``ChiSquared``, where the distance is a p-value and one *below* the threshold is drift (:func:`exceeds`).

    None: ``perform_comparison`` is Disabled; a side is empty; not all texts of a side were counted. By
    default the numbers of a window are compared even where texts are among them. Mode ``sagemaker`` compares
    nothing then, and counts equal numbers once.
    Reference: data-quality.md, 3.5 and 3.7.
    """
    if config.perform_comparison == "Disabled" or not _comparable(baseline, window, categorical, mode):
        return None
    as_service = mode == "sagemaker"
    threshold = _threshold(config, categorical)
    if categorical and config.categorical_drift_method == "ChiSquared":
        test = chi_squared(baseline, window, expected_only=as_service)
        distance, method = test.p_value if test else None, "ChiSquared"
    else:
        method = config.comparison_method
        distance = linfinity(
            baseline,
            window,
            categorical=categorical,
            robust=method == "Robust",
            distinct_values=as_service,
        )
    return None if distance is None else DriftDistance(distance=distance, threshold=threshold, method=method)


def exceeds(drift: DriftDistance) -> bool:
    """Return whether this is drift: a distance above the threshold, or a p-value below it."""
    if drift.method == "ChiSquared":
        return drift.distance < drift.threshold
    return drift.distance > drift.threshold


def _threshold(config: DistributionConstraints, categorical: bool) -> float:
    special = config.categorical_comparison_threshold
    return special if categorical and special is not None else config.comparison_threshold


def _comparable(baseline: Feature, window: Feature, categorical: bool, mode: Mode) -> bool:
    sides = (baseline, window)
    if categorical:
        return all(side.categories.total == side.types.present for side in sides)
    return mode == "default" or all(side.types.inferred_type != "String" for side in sides)
