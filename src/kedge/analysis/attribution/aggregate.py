"""What the attributions of many rows say of a feature."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Method = Literal["mean_abs", "median", "mean_sq"]
METHODS: tuple[Method, ...] = get_args(Method)


def aggregate(values: Floats, method: Method = "mean_abs", counts: NDArray[np.uint8] | None = None) -> Floats:
    """Return one number for each feature and output, in each replica.

    Parameters
    ----------
    values
        ``(n, features, outputs)``: the attributions of n rows.
    method
        ``mean_abs``, the mean size; ``mean_sq``, the mean square; ``median``, of the values with their signs, so
        that it may be negative.
    counts
        ``(R, n)``: how often each row counts in each replica; by default once in a single one.

    Returns
    -------
    numpy.ndarray
        ``(R, features, outputs)``; NaN in a replica without rows. In the unit of the answers, for ``mean_sq`` squared.

    Examples
    --------
    >>> values = np.array([1.0, -2.0, -6.0]).reshape(3, 1, 1)
    >>> [aggregate(values, method).item() for method in METHODS]
    [3.0, -2.0, 13.666666666666666]

    References
    ----------
    explainability.md, 6.2.
    """
    weights = np.ones((1, len(values))) if counts is None else counts.astype(np.float64)
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    if method == "median":
        found = np.array([_medians(column, weights) for column in flat.T]).T
    else:
        totals = weights.sum(axis=1, keepdims=True)
        sums = weights @ (np.abs(flat) if method == "mean_abs" else flat**2)
        found = np.divide(sums, totals, out=np.full(sums.shape, np.nan), where=totals > 0)
    return found.reshape(len(weights), *values.shape[1:])


def _medians(column: Floats, weights: Floats) -> Floats:
    """Return the median in each replica: of an even number of rows the mean of the two in the middle."""
    order = column.argsort(kind="stable")
    ranks = weights[:, order].cumsum(axis=1)
    if not ranks.size:
        return np.full(len(weights), np.nan)
    middle = ranks[:, -1:] / 2
    lower, upper = (found.argmax(axis=1) for found in (ranks >= middle, ranks > middle))
    return np.where(middle[:, 0] > 0, (column[order[lower]] + column[order[upper]]) / 2, np.nan)
