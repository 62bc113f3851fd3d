"""What is remembered of the vectors of one length: where they point, and a few of them."""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kedge.analysis.quality.replicas import POISSON, weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_BLOCK = 4096  # rows at a time: what is in between stays small
_ROUNDING = 1e-12  # of a sum, for each row


@dataclass(frozen=True, eq=False)
class Directions:
    r"""The unit vectors of rows: their sum, the same in 50 replicas, and those with the smallest keys.

    The mean pairwise cosine needs no pairs. With :math:`u_i = x_i / |x_i|` the unit vectors of a window of n rows
    and :math:`v_j` those of a training set of N,

    .. math:: \frac{1}{n N} \sum_{i,j} \cos(x_i, y_j) = \frac{1}{n N} \sum_{i,j} u_i \cdot v_j
              = \Big(\frac{1}{n} \sum_i u_i\Big) \cdot \Big(\frac{1}{N} \sum_j v_j\Big),

    since the dot product is linear in both places: it is the dot product of the two means. Within one side the n
    pairs of a row with itself, each of cosine 1, are left out:
    :math:`(|\sum_i u_i|^2 - n) / (n (n - 1))`. So d sums say what n N cosines would, and sums add up.

    Attributes
    ----------
    count
        How many rows.
    total
        ``(d,)`` float64, the sum of the unit vectors; merging equals one scan to 1e-12 for each row.
    counts, totals
        ``(50,)`` and ``(50, d)``: the same in the replicas of :func:`~kedge.analysis.quality.replicas.weights`.
    keys, sample
        ``(k,)`` uint64 ascending and ``(k, d)`` float32: the unit vectors of the smallest keys, exact under merging.
    """

    count: int
    total: Floats
    counts: Floats
    totals: Floats
    keys: NDArray[np.uint64]
    sample: NDArray[np.float32]

    @classmethod
    def of(cls, units: Floats, keys: NDArray[np.uint64], kept: int) -> Self:
        """Return what is remembered of unit vectors ``(n, d)``."""
        counts, totals = np.zeros(POISSON), np.zeros((POISSON, units.shape[1]))
        for start in range(0, len(keys), _BLOCK):
            drawn = weights(keys[start : start + _BLOCK])[:POISSON].astype(np.float64)
            counts += drawn.sum(1)
            totals += drawn @ units[start : start + _BLOCK]
        first = np.argsort(keys, kind="stable")[:kept]
        return cls(len(keys), units.sum(0), counts, totals, keys[first], units[first].astype(np.float32))

    def merge(self, other: Self, kept: int) -> Self:
        """Return the directions of all that either has seen, and ``kept`` of them."""
        keys = np.concatenate([self.keys, other.keys])
        first = np.argsort(keys, kind="stable")[:kept]
        return type(self)(
            self.count + other.count,
            self.total + other.total,
            self.counts + other.counts,
            self.totals + other.totals,
            keys[first],
            np.concatenate([self.sample, other.sample])[first],
        )

    @property
    def mean(self) -> Floats:
        """The mean of the unit vectors, ``(d,)``."""
        return self.total / self.count

    @property
    def means(self) -> Floats:
        """The mean in every replica, ``(50, d)``; in one that drew no row it is the mean of all."""
        drawn = self.counts[:, None] > 0
        found: Floats = np.where(drawn, self.totals / np.maximum(self.counts, 1)[:, None], self.mean)
        return found

    @property
    def within(self) -> float | None:
        """The mean cosine of two different rows; None of a single one."""
        rows = self.count
        return float((self.total @ self.total - rows) / (rows * (rows - 1))) if rows > 1 else None

    @property
    def spread(self) -> float:
        r"""How far a unit vector is from their mean, :math:`\sqrt{1 - |m|^2}`: the root of the mean square."""
        return math.sqrt(max(0.0, 1.0 - float(self.mean @ self.mean)))

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same rows: equal, and sums of floats equal but for rounding."""
        near = _ROUNDING * max(self.count, 1)
        return (
            self.count == other.count
            and np.allclose(self.total, other.total, rtol=0, atol=near)
            and np.array_equal(self.counts, other.counts)
            and np.allclose(self.totals, other.totals, rtol=0, atol=8 * near)
            and np.array_equal(self.keys, other.keys)
            and np.allclose(self.sample, other.sample, rtol=0, atol=1e-6)
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data; arrays as base64 of their little-endian bytes."""
        arrays = {name: _text(getattr(self, name), type) for name, type in _TYPES.items()}
        return {"count": self.count, **arrays}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], size: int) -> Self:
        """Read what :meth:`to_json` wrote of vectors of ``size`` numbers."""
        found: dict[str, Any] = {
            name: np.frombuffer(b64decode(data[name]), type).astype(type[1:]) for name, type in _TYPES.items()
        }
        found |= {name: found[name].reshape(-1, size) for name in ("totals", "sample")}
        return cls(data["count"], **found)


_TYPES = {"total": "<f8", "counts": "<f8", "totals": "<f8", "keys": "<u8", "sample": "<f4"}


def _text(array: NDArray[Any], type: str) -> str:
    return b64encode(array.astype(type).tobytes()).decode()
