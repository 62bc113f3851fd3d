"""Counts and sums over the rows of a batch, for every replica at once; sorted keys with counts, merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kedge.analysis.runs import run_starts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

BLOCK: Final = 256  # rows at a time: for larger products BLAS wakes threads, which cost more than they bring
COARSE: Final = 2.0**24  # steps of the first part of an exact sum
FINE: Final = 2.0**54  # and of the second


def counted(weights: NDArray[np.uint8], codes: NDArray[np.int64], size: int) -> Counts:
    """Return how often each code below ``size`` occurs in each replica, ``(R, size)``."""
    return np.stack([np.bincount(codes, replica, size) for replica in weights]).astype(np.int64)


def summed(weights: NDArray[np.uint8], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted sums of ``(k, n)`` values in each replica, ``(R, k)``."""
    found = np.zeros((len(weights), len(values)))
    for start in range(0, values.shape[1], BLOCK):
        found += weights[:, start : start + BLOCK].astype(np.float64) @ values[:, start : start + BLOCK].T
    return found


def exactly(weights: NDArray[np.uint8], values: NDArray[np.float64]) -> Counts:
    """Return weighted sums as whole steps of 2**-24 and, of what these leave, of 2**-54: ``(R, 2, k)``.

    Sums of whole numbers do not depend on the order. Values are between 0 and 40 and rows at most 131,072, so no
    sum of a batch leaves the 53 bits of a float.
    """
    coarse = np.rint(values * COARSE)
    fine = np.rint((values - coarse / COARSE) * FINE)
    return summed(weights, np.concatenate([coarse, fine])).astype(np.int64).reshape(len(weights), 2, -1)


def value_of(sums: Counts) -> NDArray[np.float64]:
    """Return the values that :func:`exactly` summed, ``(R, k)``."""
    found: NDArray[np.float64] = sums[:, 0] / COARSE + sums[:, 1] / FINE
    return found


def united(
    parts: Iterable[tuple[NDArray[np.int64], Counts]],
) -> tuple[NDArray[np.int64], Counts]:
    """Return all keys in order and, for each, the sum of its counts: ``(..., C)`` for ``(C,)`` sorted keys."""
    keys, counts = zip(*parts, strict=True)
    together, every = np.concatenate(keys), np.concatenate(counts, axis=-1)
    order = np.argsort(together, kind="stable")
    starts = run_starts(together[order])
    if not len(starts):
        return together, every
    return together[order][starts], np.add.reduceat(every[..., order], starts, axis=-1)


def packed(counts: Counts) -> dict[str, Any]:
    """Return an array as JSON data: its shape and its values, or only those that are not 0 and the steps between.

    >>> packed(np.array([[0, 0, 5, 0, 0, 0, 0, 7]]))
    {'shape': [1, 8], 'steps': [2, 5], 'values': [5, 7]}
    """
    flat = counts.ravel()
    places = np.flatnonzero(flat)
    data: dict[str, Any] = {"shape": list(counts.shape)}
    if 2 * len(places) >= len(flat):
        return data | {"values": flat.tolist()}
    return data | {"steps": np.diff(places, prepend=0).tolist(), "values": flat[places].tolist()}


def unpacked(data: dict[str, Any]) -> Counts:
    """Read what :func:`packed` wrote."""
    if "steps" not in data:
        return np.array(data["values"], np.int64).reshape(data["shape"])
    found = np.zeros(data["shape"], np.int64)
    found.ravel()[np.cumsum(data["steps"], dtype=np.int64)] = data["values"]
    return found
