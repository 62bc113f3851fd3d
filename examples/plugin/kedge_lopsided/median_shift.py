"""How far the middle moved."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from kedge.analysis.statistics.quantile import quantile

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature

COMPARES = ("numbers",)


def median_shift(baseline: Feature, window: Feature) -> float | None:
    """Return how far the median moved, in interquartile ranges of the baseline; 0 or more.

    ``|p50(window) - p50(baseline)| / (p75 - p25)(baseline)``. None where a side has no number, or where the
    baseline's body has no length, or next to none.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> before, after = (Feature().update(column(values)) for values in (range(5), range(1, 6)))
    >>> median_shift(before, after)
    0.5
    """
    low, before, high = (quantile(baseline, share) for share in (0.25, 0.5, 0.75))
    after = quantile(window, 0.5)
    if low is None or before is None or high is None or after is None or low == high:
        return None
    shift = abs(after / 2 - before / 2) / (high / 2 - low / 2)
    return shift if isfinite(shift) else None
