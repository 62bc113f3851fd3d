"""How well the features that mattered once are still the ones that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

THRESHOLD: Final = 0.9


def ndcg(baseline: ArrayLike, current: ArrayLike) -> float | None:
    r"""Return the normalized discounted cumulative gain of the present order of features.

    With :math:`a` the size of each baseline attribution, :math:`\mathrm{DCG} = \sum_i a(f'_i) / \log_2(i + 1)` over
    the features by the size of their present attribution, and NDCG is the quotient of it and the same sum in the
    baseline's own order.

    Features of the same present size share their places: each counts the mean of their discounts, so no order is made
    up, as in scikit-learn's ``ndcg_score``. Of a negative attribution, which only the median can be, the size counts: a
    feature matters that lowers the answers, and no gain is below zero. So a sign that changes is not seen here, but
    among the features that moved.

    Parameters
    ----------
    baseline, current
        ``(features,)`` finite attributions, the same features in the same order.

    Returns
    -------
    float or None
        0 to 1, where 1 is the baseline's order; at least the baseline's reversed order, so rarely near 0. None
        where the baseline attributes nothing to any feature.

    Examples
    --------
    >>> round(ndcg([0.7, 0.5, 0.05], [0.1, 0.4, 0.8]), 4)
    0.6876
    >>> ndcg([-0.7, 0.5], [0.9, 0.1]), ndcg([0.0, 0.0], [1.0, 2.0])
    (1.0, None)

    References
    ----------
    explainability.md, 6.5. Järvelin, Kekäläinen: Cumulated gain-based evaluation of IR techniques, 2002.
    docs/decisions/0025.
    """
    gains, sizes = (np.abs(np.asarray(values, np.float64)) for values in (baseline, current))
    largest = gains.max(initial=0.0)
    if not largest:
        return None
    gains = gains / largest  # so that no sum of tiny or huge ones is off the scale
    discounts = 1 / np.log2(np.arange(2, len(gains) + 2))
    _, tied, counts = np.unique(-sizes, return_inverse=True, return_counts=True)
    shared = np.add.reduceat(discounts, np.cumsum(counts) - counts) / counts
    ideal = float(np.sort(gains)[::-1] @ discounts)
    return min(float(gains @ shared[tied.reshape(-1)]) / ideal, 1.0)
