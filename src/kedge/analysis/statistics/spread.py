"""The robust standard deviation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.statistics.quantile import quantile

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.profile import Feature

NORMAL = 1.4826  # makes the median absolute deviation of a normal distribution its standard deviation


def spread(feature: Feature) -> float | None:
    """Return the median absolute deviation, scaled to be the standard deviation of a normal distribution.

    ``1.4826 * median(|x - median(x)|)``, over the finite numbers, in the feature's unit, above 0. Half of the
    values may be anything without moving it far. Where half of them or more *are* the median, as in a column of
    mostly zeros, it is taken over the others; a constant column has no other, and its spread is None. None also
    where there is no finite number, and where it is too large for a double. Exact while the KLL sketch holds
    every value; beyond, the two medians are within its rank error.

    References
    ----------
    Rousseeuw, Croux: Alternatives to the median absolute deviation, JASA 88, 1993.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> [spread(Feature().update(column(values))) for values in ([1, 2, 3, 4, 90], [0, 0, 0, 0, 2], [7, 7])]
    [1.4826, 2.9652, None]
    """
    median = quantile(feature, 0.5)
    if median is None:
        return None
    values, weights = feature.kll.items()
    with np.errstate(over="ignore"):
        apart = np.abs(values - median)
    found = NORMAL * (_median(apart, weights) or _median(apart[apart > 0], weights[apart > 0]))
    return found if 0 < found < math.inf else None


def _median(values: NDArray[np.float64], weights: NDArray[np.int64]) -> float:
    """Return the smallest value that half of the weight does not exceed; 0 without any."""
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    middle = np.searchsorted(cumulated, weights.sum() / 2)
    return float(values[order[middle]]) if len(values) else 0.0
