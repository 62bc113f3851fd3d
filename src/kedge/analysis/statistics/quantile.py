"""A quantile."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature

TAIL = 0.01


def quantile(feature: Feature, q: float) -> float | None:
    """Return the smallest number that at least the share ``q`` of the finite numbers does not exceed.

    Exact for 0 and 1, and while the KLL sketch holds every value; beyond, within its rank error. In the outer
    1 % on either side, where an error of rank means most, the tail sketch says where inside that error the
    quantile lies, with an error of at most 1/128 of the value. Between the exact minimum and maximum, in the
    feature's unit. A whole number in a column of integers: one that the KLL sketch holds, if that is within the
    tail's error. None where there is no finite number.

    Parameters
    ----------
    feature
        What is remembered of the column.
    q
        0 to 1; 0.5 is the median.

    References
    ----------
    Karnin, Lang, Liberty: Optimal quantile approximation in streams, FOCS 2016. Masson, Rim, Lee: DDSketch,
    VLDB 2019.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> quantile(Feature().update(column([1, 2, 3, 4])), 0.5)
    2.0
    """
    low, high, kll = feature.extremes.min, feature.extremes.max, feature.kll
    if low is None or high is None or not kll.count:
        return None
    if q <= 0 or q >= 1:
        return low if q <= 0 else high
    far_out = (q <= TAIL or q >= 1 - TAIL) and len(kll.levels) > 1 and feature.tail.count
    if not far_out:
        return kll.quantile(q)
    least = kll.quantile(q - kll.RANK_ERROR) if q > kll.RANK_ERROR else low
    most = kll.quantile(q + kll.RANK_ERROR) if q + kll.RANK_ERROR < 1 else high
    found = min(max(feature.tail.quantile(q), least), most)
    return _whole(found, feature) if feature.types.inferred_type == "Integral" else found


def _whole(number: float, feature: Feature) -> float:
    """Return an integer that occurred, else the one in the tail's bucket, whose middle is the number."""
    kept = feature.kll.items()[0]
    nearest = float(kept[np.abs(kept - number).argmin()])
    near = abs(nearest - number) <= feature.tail.ALPHA * abs(number)
    return nearest if near else float(math.trunc(number))
