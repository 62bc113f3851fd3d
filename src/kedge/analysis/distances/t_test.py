"""Student's t-test, with a tolerance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kedge.analysis.statistics import has_moments

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature

NEEDS = {"scipy": "stats"}
COMPARES = ("numbers",)
P_VALUE = True


def t_test(baseline: Feature, window: Feature, *, tolerance: float = 0.1) -> float | None:
    r"""Return how likely means so far apart are, were the true ones within the tolerance: a p-value, 0 to 1.

    With d the difference of the means, δ the tolerance times the baseline's standard deviation, s the standard
    error and T Student's distribution with Welch's degrees of freedom:
    :math:`P(T > (|d| - δ) / s) + P(T > (|d| + δ) / s)`. **The window has drifted if and only if the p-value is
    below the threshold.** Without a tolerance it is Welch's two-sided test, which finds every difference once
    there are enough rows; with one, only those that are larger.

    From the moments alone, so exact. It sees the mean and nothing else. Any number of rows will do from about 30,
    more where the tails are heavy: a healthy feature is then flagged at most as often as the threshold says.

    Parameters
    ----------
    baseline, window
        What is remembered of the two samples.
    tolerance
        The difference that does not matter, in standard deviations of the baseline.

    Returns
    -------
    float or None
        None where a side has fewer than two finite numbers, or one beyond ±1e145. 1 or 0 where both are constant.

    References
    ----------
    Welch: The generalization of Student's problem when several different population variances are involved
    (1947). Murphy, Myors: Testing the hypothesis that treatments have negligible effects (1999).

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> baseline, window = (Feature().update(column(values)) for values in ([1, 2, 3, 4], [4, 5, 6, 7]))
    >>> round(t_test(baseline, window, tolerance=0), 4), round(t_test(baseline, window, tolerance=1), 4)
    (0.0167, 0.0445)
    """
    from scipy import special

    before, after = baseline.moments, window.moments
    if not has_moments(baseline) or not has_moments(window) or min(before.count, after.count) < 2:
        return None
    apart, margin = abs(after.mean - before.mean), tolerance * before.std_dev
    mine, other = (side.std_dev / (side.count - 1) ** 0.5 for side in (before, after))
    error = math.hypot(mine, other)
    if not error:
        return float(apart <= margin)
    degrees = 1 / ((mine / error) ** 4 / (before.count - 1) + (other / error) ** 4 / (after.count - 1))
    return float(sum(special.stdtr(degrees, -(apart + sign * margin) / error) for sign in (-1, 1)))
