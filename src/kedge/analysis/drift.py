"""How far a feature has moved: the distance that its constraints name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.distances import distances
from kedge.analysis.report import DriftDistance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.distances import Distance
    from kedge.analysis.documents import DistributionConstraints
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import Mode

# The methods of the service, by the distance that computes them.
SERVICE = {"Simple": "linfinity", "Robust": "linfinity", "ChiSquared": "chi_squared"}


def drift(
    baseline: Feature,
    window: Feature,
    config: DistributionConstraints,
    *,
    categorical: bool,
    mode: Mode = "default",
    known: Mapping[str, Distance] | None = None,
) -> DriftDistance | None:
    """Return the distance of a window from its baseline with its threshold, or None where there is none.

    The method is one of the service's, or the name of a distance; ``known`` are the distances by name, where the
    caller has them. A distance *above* the threshold is drift, or a p-value *below* it (:func:`exceeds`).

    None: ``perform_comparison`` is Disabled; a side is empty; not all texts of a side were counted. By
    default the numbers of a window are compared even where texts are among them. Mode ``sagemaker`` compares
    nothing then, and counts equal numbers once.
    Reference: data-quality.md, 3.5 and 3.7.
    """
    if config.perform_comparison == "Disabled" or not _comparable(baseline, window, categorical, mode):
        return None
    method = method_of(config, categorical)
    distance = (known or distances())[SERVICE.get(method, method)]
    found = distance(
        baseline,
        window,
        categorical=categorical,
        tolerance=config.tolerance,
        robust=method == "Robust",
        distinct_values=mode == "sagemaker",
        expected_only=mode == "sagemaker",
    )
    if found is None:
        return None
    threshold = threshold_of(config, categorical)
    return DriftDistance(distance=found, threshold=threshold, method=method, p_value=distance.p_value)


def exceeds(drift: DriftDistance) -> bool:
    """Return whether this is drift: a distance above the threshold, or a p-value below it."""
    return drift.distance < drift.threshold if drift.p_value else drift.distance > drift.threshold


def method_of(config: DistributionConstraints, categorical: bool) -> str:
    """Return the method by which a feature is compared: one of the service's, or the name of a distance."""
    if not categorical:
        return config.comparison_method
    if config.categorical_drift_method != "LInfinity":
        return config.categorical_drift_method
    return "Simple" if config.comparison_method == "Simple" else "Robust"


def threshold_of(config: DistributionConstraints, categorical: bool) -> float:
    """Return the threshold that a feature's distance is held against."""
    special = config.categorical_comparison_threshold
    return special if categorical and special is not None else config.comparison_threshold


def _comparable(baseline: Feature, window: Feature, categorical: bool, mode: Mode) -> bool:
    sides = (baseline, window)
    if categorical:
        return all(side.categories.total == side.types.present for side in sides)
    return mode == "default" or all(side.types.inferred_type != "String" for side in sides)
