"""Bowley's skewness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.statistics.quantile import quantile

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def lopsidedness(feature: Feature) -> float | None:
    """Return how much longer the upper half of the body is than the lower, -1 to 1; 0 is even.

    ``(p75 - 2 p50 + p25) / (p75 - p25)``. None where there is no number, or where the body has no length.
    Reference: Bowley: Elements of statistics (1901).

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> lopsidedness(Feature().update(column([0, 1, 2, 6, 9])))
    0.6
    """
    low, middle, high = (quantile(feature, share) for share in (0.25, 0.5, 0.75))
    if low is None or middle is None or high is None or low == high:
        return None
    return (high / 2 - middle + low / 2) / (high / 2 - low / 2)
