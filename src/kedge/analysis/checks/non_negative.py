"""No number is negative where none was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.report import Finding
from kedge.analysis.statistics.max import max as largest
from kedge.analysis.statistics.min import min as smallest
from kedge.analysis.wording import number, percent

if TYPE_CHECKING:
    from kedge.analysis.checks import Comparison

OURS = True


def non_negative(comparison: Comparison) -> Finding | None:
    """Find a negative number where ``is_non_negative`` is true.

    Whether there is one is exact; how many there are is told by the rank of the KLL sketch, and is at least 1.
    Nothing is found where there is no finite number. The service knows no such check.
    """
    numbers = comparison.constraint and comparison.constraint.num_constraints
    window = comparison.window
    if not numbers or not numbers.is_non_negative or not window:
        return None
    low = smallest(window)
    if low is None or low >= 0:
        return None
    negative = max(1, int(window.kll.rank(np.zeros(1), inclusive=False)[0]))
    share = negative / window.kll.count
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="non_negative_check",
        description=(
            "Non-negative requirement is not met. "
            f"Smallest number: {number(low)}. {percent(share)}% of the numbers are negative."
        ),
        observed=low,
        expected=0,
        detail={
            "negative": negative,
            "numbers": window.kll.count,
            "baseline": comparison.baseline
            and {"min": smallest(comparison.baseline), "max": largest(comparison.baseline)},
            "window": {"min": low, "max": largest(window)},
        },
    )
