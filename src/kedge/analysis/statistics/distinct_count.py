"""The number of distinct values."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def distinct_count(feature: Feature) -> float | None:
    """Return how many different values occur, missing ones not counted.

    Exact while the sketch holds every hash; beyond, an estimate with the error that
    :class:`~kedge.analysis.sketches.distinct.Distinct` promises, rounded, and never more than there are values.
    None where nothing was counted.
    Reference: data-quality.md, 3.2.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> distinct_count(Feature().update(column(["a", "b", "a", None])))
    2.0
    """
    counted = feature.types.present - feature.moments.infinite
    return float(min(round(feature.distinct.estimate()), counted)) or None
