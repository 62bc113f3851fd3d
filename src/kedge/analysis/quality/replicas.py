"""How often each row counts in each replica: a bootstrap that can be repeated, cut up and merged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.hashing import rehash

if TYPE_CHECKING:
    from numpy.typing import NDArray

POISSON: Final = 50
SUBSETS: Final = 5
KEPT: Final = 0.8  # of the rows in each subset (model-quality.md, standard deviation)
ALL: Final = POISSON + SUBSETS
_DRAWS: Final = 1 << 16


def weights(keys: NDArray[np.uint64]) -> NDArray[np.uint8]:
    r"""Return how often each row counts in each replica.

    Drawing n rows with replacement gives each row a binomial count; for many rows these are independent and
    Poisson with mean 1. Here the count of a row comes from its key alone: four draws of 16 bits from each hash of
    the stream that the key begins, looked up in the inverse of the distribution function. So it is the same
    in any order, in any batch and on any machine.

    Parameters
    ----------
    keys
        ``(n,)`` stable keys of the rows.

    Returns
    -------
    numpy.ndarray
        ``(55, n)`` uint8: 50 rows of Poisson counts, of mean 1 exactly and variance 1 to 1e-3, then 5 rows of 0 and
        1, where 1 has the share 0.8: the subsets of the service.

    Examples
    --------
    >>> found = weights(np.array([7, 8], np.uint64))
    >>> found.shape, bool((weights(np.array([8], np.uint64))[:, 0] == found[:, 1]).all())
    ((55, 2), True)

    References
    ----------
    Chamandy et al.: Estimating uncertainty for massive data streams, 2012. model-quality.md, standard deviation.
    """
    found = np.empty((ALL, len(keys)), np.uint8)
    poisson, subset = _poisson(), np.arange(_DRAWS) < round(KEPT * _DRAWS)
    for place in range(0, ALL, 4):
        draws = rehash(keys, place // 4).astype("<u8", copy=False).view("<u2").reshape(-1, 4)
        for replica in range(place, min(place + 4, ALL)):
            found[replica] = (poisson if replica < POISSON else subset)[draws[:, replica - place]]
    return found


def _poisson() -> NDArray[np.uint8]:
    """Return the count of every draw; those of 0 and 1 are chosen so that the mean is 1 to the last bit."""
    counts = {count: round(_DRAWS / math.e / math.factorial(count)) for count in range(2, 9)}
    once = _DRAWS - sum(count * draws for count, draws in counts.items())
    never = _DRAWS - once - sum(counts.values())
    return np.repeat(np.arange(9, dtype=np.uint8), [never, once, *counts.values()])
