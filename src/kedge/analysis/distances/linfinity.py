"""The largest difference between two distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.profile import Feature
    from kedge.analysis.sketches.categories import Categories
    from kedge.analysis.sketches.kll import Kll

    Items = tuple[NDArray[np.float64], NDArray[np.int64]]

# c(alpha) of the Kolmogorov-Smirnov test at alpha = 0.003, as the service has it.
CRITICAL = 1.8
SYMMETRIC = True


def linfinity(
    baseline: Feature,
    window: Feature,
    *,
    categorical: bool,
    robust: bool = False,
    distinct_values: bool = False,
) -> float | None:
    r"""Return the largest difference between two distributions, 0 (equal) to 1 (nothing in common).

    Numbers: :math:`\max_x |F_b(x) - F_w(x)|`, the two-sample Kolmogorov-Smirnov statistic, over the finite
    values that the KLL sketches hold. Exact while both hold every value; beyond, off by at most the sum of
    their two rank errors (:class:`~kedge.analysis.sketches.kll.Kll`).

    Categories: :math:`\max_c |p_b(c) - p_w(c)|` over the categories of either side, an absent one counting
    0. Exact while both sketches are; beyond, each share is too small by at most ``error / total``, and the
    distance is off by at most the larger of the two.

    Robust: less :math:`1.8 \sqrt{(n + m) / (n m)}`, not below 0, so that small samples do not drift by
    chance; ``n`` and ``m`` are the sizes of the samples.

    Parameters
    ----------
    baseline, window
        What is remembered of the two samples.
    categorical
        Whether to compare the categories rather than the numbers.
    robust
        Whether to allow for the size of the samples.
    distinct_values
        Count equal numbers once, as the service does: an item that occurs in several levels of the sketch
        has the weight of the highest, and ``n`` and ``m`` are the sums of these weights.

    Returns
    -------
    float or None
        None where either side is empty; never NaN.

    References
    ----------
    data-quality.md, 3.7.1 and 3.7.3.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> baseline, window = (Feature().update(column(values)) for values in ([1, 2, 3, 4], [2, 3, 4, 5]))
    >>> linfinity(baseline, window, categorical=False, robust=False)
    0.25
    """
    if categorical:
        simple, n, m = _categories(baseline.categories, window.categories)
    else:
        simple, n, m = _numbers(_items(baseline.kll, distinct_values), _items(window.kll, distinct_values))
    if not n or not m:
        return None
    return max(0.0, simple - CRITICAL * np.sqrt((n + m) / (n * m)).item()) if robust else simple


def _categories(baseline: Categories, window: Categories) -> tuple[float, int, int]:
    n, m = baseline.total, window.total
    names = baseline.counts.keys() | window.counts.keys()
    if not n or not m or not names:
        return 0.0, n, m
    return max(abs(baseline.counts.get(c, 0) / n - window.counts.get(c, 0) / m) for c in names), n, m


def _numbers(baseline: Items, window: Items) -> tuple[float, int, int]:
    n, m = int(baseline[1].sum()), int(window[1].sum())
    if not n or not m:
        return 0.0, n, m
    points = np.concatenate([baseline[0], window[0]])
    return float(np.abs(_cdf(baseline, points) - _cdf(window, points)).max()), n, m


def _cdf(items: Items, points: NDArray[np.float64]) -> NDArray[np.float64]:
    values, weights = items
    shares = np.concatenate([[0.0], np.cumsum(weights) / weights.sum()])
    return shares[np.searchsorted(values, points, side="right")]


def _items(kll: Kll, distinct_values: bool) -> Items:
    if not distinct_values:
        return kll.items()
    levels = [np.asarray(level, np.float64) for level in kll.levels]
    values = np.concatenate([np.empty(0), *levels])
    weights = np.repeat(2 ** np.arange(len(levels)), [len(level) for level in levels])
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    last = np.append(values[1:] != values[:-1], True)[: len(values)]
    return values[last], weights[last]
