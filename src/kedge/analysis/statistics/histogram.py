"""Ten buckets of equal width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.profile import Feature

BUCKETS = 10


def histogram(feature: Feature) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return the counts of ten equally wide buckets between the exact minimum and maximum.

    A bucket counts ``low <= x < high``, the last one ``low <= x <= high``, by the ranks of the KLL sketch:
    exact while it holds every value, within its rank error beyond. The counts always sum to the number of
    finite values. A constant column has ten buckets of no width, and the last one holds all values.

    Returns
    -------
    counts, edges
        ``(10,)`` counts and ``(11,)`` ascending edges, in the order of :func:`numpy.histogram`; None where
        there is no finite number.

    References
    ----------
    data-quality.md, 3.2 and 3.7.3.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> counts, edges = histogram(Feature().update(column([0, 1, 2, 10])))
    >>> counts.tolist()
    [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    """
    low, high = feature.extremes.min, feature.extremes.max
    if low is None or high is None or not feature.kll.count:
        return None
    edges = _edges(low, high)
    ranks = feature.kll.rank(edges, inclusive=False).astype(np.float64)
    ranks[-1] = feature.kll.count
    return np.diff(ranks), edges


def _edges(low: float, high: float) -> NDArray[np.float64]:
    # In thirty-seconds, so that ten times the widest range of doubles does not overflow.
    start, end = low / 32, high / 32
    edges = 32 * (start + (end - start) * np.arange(BUCKETS + 1) / BUCKETS)
    edges[0], edges[-1] = low, high
    return np.clip(edges, low, high)
