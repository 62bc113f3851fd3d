"""Runs of equal values in a sorted array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def run_starts(ordered: NDArray[Any]) -> NDArray[np.int64]:
    """Return the place at which each run of equal values begins.

    >>> run_starts(np.array([2, 2, 5, 7, 7])).tolist()
    [0, 2, 3]
    """
    fresh = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return np.flatnonzero(fresh)
