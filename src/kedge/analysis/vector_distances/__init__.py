"""How far two samples of vectors are apart, with a p-value: pure functions of both. One file an item.

A vector distance is a function of the file's name. It takes the unit vectors of baseline and window, ``(n, d)`` and
``(m, d)`` float64, and returns a value and the probability that chance alone brings one as large.

It is not mergeable (``MERGEABLE = False``): its value for a day cannot be made of its values for the hours. It runs on
the vectors with the smallest keys, a uniform sample of either side; these merge, and can be asked anew.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.registry import items

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vectors = NDArray[np.float64]
    VectorDistance = Callable[[Vectors, Vectors], tuple[float, float]]

FEWEST: Final = 20  # rows on either side
PERMUTATIONS: Final = 999


def vector_distances() -> dict[str, VectorDistance]:
    """Return every vector distance by name."""
    return {item.name: item.load() for item in items("vector_distance")}


@lru_cache(maxsize=2)  # the tests of one verdict ask for the same
def permuted(n: int, m: int) -> NDArray[np.bool_]:
    """Return ``(1 + 999, n + m)``: which of all vectors are the window's, as it is and in 999 random orders.

    The same for the same sizes, so that a verdict can be repeated.
    """
    window = np.arange(n + m) >= n
    order = np.random.default_rng(n * (n + m + 1) + m)
    orders = np.array([window, *(order.permutation(window) for _ in range(PERMUTATIONS))])
    orders.flags.writeable = False
    return orders


def p_value(values: NDArray[np.float64]) -> float:
    """Return which share of values is as large as the first, itself among them.

    >>> p_value(np.array([3.0, 1.0, 3.0, 2.0]))
    0.5
    """
    near = 1e-9 * np.abs(values).max()  # what differs by rounding is equal
    return float((values >= values[0] - near).mean())
