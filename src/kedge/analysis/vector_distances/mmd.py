"""The maximum mean discrepancy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.vector_distances import p_value, permuted

if TYPE_CHECKING:
    from kedge.analysis.vector_distances import Vectors

MERGEABLE = False


def mmd(baseline: Vectors, window: Vectors) -> tuple[float, float]:
    r"""Return the squared maximum mean discrepancy and its p-value.

    With the kernel :math:`k(x, y) = \exp(-|x - y|^2 / (2 \sigma^2))`, where :math:`\sigma` is the median distance of
    two different vectors of both samples together, the unbiased estimate

    .. math:: \frac{\sum_{i \ne j} k(x_i, x_j)}{n (n - 1)} + \frac{\sum_{i \ne j} k(y_i, y_j)}{m (m - 1)}
              - \frac{2}{n m} \sum_{i,j} k(x_i, y_j).

    It sees every change of a distribution, not of its mean alone. The p-value is the share of 1,000 ways to call the
    vectors the one's or the other's, the true one among them, whose value is as large.

    Parameters
    ----------
    baseline, window
        ``(n, d)`` and ``(m, d)``, 2 rows or more each.

    Returns
    -------
    tuple of float
        About 0, also below, to 2; and 0.001 to 1.

    References
    ----------
    Gretton et al.: A kernel two-sample test, JMLR 2012.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(60, 4))
    >>> value, p = mmd(x[:30], x[30:] + 1)
    >>> value > 0.1, p
    (True, 0.001)
    """
    kernel = _kernel(np.concatenate([baseline, window]))
    window_is = permuted(len(baseline), len(window)).astype(np.float64)
    others = 1.0 - window_is
    n, m = len(baseline), len(window)
    np.fill_diagonal(kernel, 0.0)
    near = others @ kernel
    own, between = ((near * side).sum(1) for side in (others, window_is))
    theirs = (window_is @ kernel * window_is).sum(1)
    values = own / (n * (n - 1)) + theirs / (m * (m - 1)) - 2 * between / (n * m)
    return float(values[0]), p_value(values)


def _kernel(vectors: Vectors) -> Vectors:
    squares = (vectors**2).sum(1)
    apart = np.maximum(squares[:, None] + squares - 2 * vectors @ vectors.T, 0.0)
    different = apart[np.triu_indices(len(apart), 1)]
    middle = float(np.median(different)) or float(different.mean()) or 1.0
    kernel: Vectors = np.exp(-apart / (2 * middle))
    return kernel
