"""Numbers lie where those of the baseline lay."""

from __future__ import annotations

from math import exp, lgamma, log
from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.drift import exceeds
from kedge.analysis.report import Finding
from kedge.analysis.wording import number, percent

if TYPE_CHECKING:
    from kedge.analysis.checks import Comparison
    from kedge.analysis.profile import Feature

OURS = True

INSIDE = 0.99
CHANCE = 1e-4


def value_range(comparison: Comparison) -> Finding | None:
    r"""Find fewer numbers between the baseline's extremes than ``range_content_threshold``, by default 0.99.

    A window without drift leaves that range too, the more often the smaller the baseline was. What chance may do
    is let pass: k of m numbers lie outside of the range of n with a probability of at most
    :math:`(k + 1) \prod_{i<k} (m - i) / (n + m - i)`, and that has to be below 1 in 10,000.

    Where the distribution has drifted nothing is found either: one cause is one finding, and that of
    ``baseline_drift`` tells both ranges. This check is for the few that are far off and move no distance.

    Exact where no number lies outside; else by the ranks of the KLL sketch, and at least one for each end that
    the window's extremes exceed. Nothing is found where the expected type is no number, or where either side has
    no finite number. The service knows no such check.
    """
    constraint, baseline, window = comparison.constraint, comparison.baseline, comparison.window
    if not constraint or constraint.inferred_type not in ("Integral", "Fractional") or not baseline or not window:
        return None
    if comparison.drift and exceeds(comparison.drift):
        return None
    low, high = baseline.extremes.min, baseline.extremes.max
    numbers, threshold = window.kll.count, comparison.config.range_content_threshold
    if low is None or high is None or not numbers:
        return None
    threshold = INSIDE if threshold is None else threshold
    outside = _outside(window, low, high)
    inside = (numbers - outside) / numbers
    if inside >= threshold or _chance(outside, numbers, baseline.moments.count) > CHANCE:
        return None
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="value_range_check",
        description=(
            "Value range requirement is not met. "
            f"Expected: {percent(threshold)}% of the numbers between {number(low)} and {number(high)}. "
            f"Observed: Only {percent(inside)}%."
        ),
        observed=inside,
        expected=threshold,
        detail={
            "outside": outside,
            "numbers": numbers,
            "baseline": {"min": low, "max": high},
            "window": {"min": window.extremes.min, "max": window.extremes.max},
        },
    )


def _outside(window: Feature, low: float, high: float) -> int:
    least, most = window.extremes.min, window.extremes.max
    below = window.kll.rank(np.array([low]), inclusive=False)[0]
    above = window.kll.count - window.kll.rank(np.array([high]))[0]
    ends = [(below, least is not None and least < low), (above, most is not None and most > high)]
    return sum(max(1, int(count)) for count, exceeded in ends if exceeded)


def _chance(outside: int, numbers: int, before: int) -> float:
    """Return how likely so many numbers of a healthy window lie outside, at most.

    >>> round(_chance(1, 10, 90), 3), round(_chance(5, 100, 100), 3)
    (0.2, 0.178)
    """
    total = numbers + before
    ways = lgamma(numbers + 1) - lgamma(numbers - outside + 1) - lgamma(total + 1) + lgamma(total - outside + 1)
    return exp(min(0.0, log(outside + 1) + ways))
