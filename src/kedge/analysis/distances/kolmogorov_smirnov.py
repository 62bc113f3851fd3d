"""The two-sample test of Kolmogorov and Smirnov, with a tolerance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.distances.linfinity import linfinity
from kedge.analysis.sketches.kll import Kll

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature
    from kedge.analysis.sketches.categories import Categories

NEEDS = {"scipy": "stats"}
P_VALUE = True
SYMMETRIC = True


def kolmogorov_smirnov(
    baseline: Feature, window: Feature, *, categorical: bool, tolerance: float = 0.1
) -> float | None:
    r"""Return how likely samples so far apart are, were the true distributions within the tolerance: a p-value.

    With D the largest difference (:func:`~kedge.analysis.distances.linfinity.linfinity`), δ the tolerance and
    :math:`e = \sqrt{n m / (n + m)}`: :math:`Q((e + 0.12 + 0.11 / e) \max(0, D - δ))`, where Q is the survival
    function of Kolmogorov's distribution. **The window has drifted if and only if the p-value is below the
    threshold.** Without a tolerance it is the two-sample test, which finds every difference once there are enough
    rows; with one, only those that are larger. Any number of rows will do from 4 on either side.

    It errs on the safe side: what the sketches may be off by is taken from D first, and for categories and for
    numbers with few different values the true p-value is smaller.

    Parameters
    ----------
    baseline, window
        What is remembered of the two samples.
    categorical
        Whether to compare the shares of categories rather than the numbers.
    tolerance
        The largest difference that does not matter, 0 to 1.

    Returns
    -------
    float or None
        0 to 1; None where either side is empty.

    References
    ----------
    Smirnov: On the estimation of the discrepancy between empirical curves (1939). Stephens: Use of the
    Kolmogorov-Smirnov, Cramér-von Mises and related statistics without extensive tables (1970).

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> baseline, window = (Feature().update(column(range(start, start + 100))) for start in (0, 25))
    >>> p_values = (kolmogorov_smirnov(baseline, window, categorical=False, tolerance=t) for t in (0, 0.1))
    >>> [round(p_value, 4) for p_value in p_values]
    [0.003, 0.193]
    """
    from scipy import special

    apart = linfinity(baseline, window, categorical=categorical)
    if apart is None:
        return None
    sides = (baseline, window)
    n, m = (side.categories.total if categorical else side.kll.count for side in sides)
    excess = apart - tolerance - sum(_error(side.categories if categorical else side.kll) for side in sides)
    size = (n * m / (n + m)) ** 0.5
    return float(special.kolmogorov((size + 0.12 + 0.11 / size) * max(0.0, excess)))


def _error(sketch: Categories | Kll) -> float:
    """Return what a share may be off by."""
    if isinstance(sketch, Kll):
        return Kll.RANK_ERROR if len(sketch.levels) > 1 else 0.0
    return sketch.error / sketch.total
