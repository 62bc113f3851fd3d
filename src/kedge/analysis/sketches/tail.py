"""Quantiles with a small relative error, for the far ends of a distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np

from kedge.analysis.runs import run_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.batch import Column

_DROPPED_BITS = 46  # of the 52 bits of a double's fraction 6 are kept: 64 buckets between two powers of two


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Tail:
    """How many finite numbers lie in each bucket of relative width 1/64: an exact monoid.

    The bucket of a number is its sign, its exponent and the first six bits of its fraction, read as an integer,
    so no logarithm is taken and every machine agrees. A bucket answers with its middle, which is nowhere
    farther than ``ALPHA`` of the value from any value inside.

    A side (negative, positive) keeps its ``SPAN`` buckets of largest magnitude, 32 powers of two or nine
    decades; smaller magnitudes count in the lowest of these. Which one that is follows from the largest
    magnitude alone, so merging equals one scan exactly, in any order. Zero, and what is nearer to it than
    2.2e-308, has a bucket of its own.

    Attributes
    ----------
    codes
        ``(b,)`` int64, ascending: the buckets in use, negative for negative numbers, 0 for zero.
    counts
        ``(b,)`` int64, positive: how many numbers are in each.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> tail = Tail().update(column(range(1, 1001)))
    >>> tail.count, tail.quantile(0.999)
    (1000, 996.0)

    References
    ----------
    Masson, Rim, Lee: DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees,
    VLDB 2019; the mapping is the one its authors call linearly interpolated.
    """

    ALPHA: ClassVar[float] = 1 / 128
    SPAN: ClassVar[int] = 2048

    codes: NDArray[np.int64] = field(default_factory=_none)
    counts: NDArray[np.int64] = field(default_factory=_none)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tail) and self.to_json() == other.to_json()

    @property
    def count(self) -> int:
        """How many finite numbers were seen."""
        return int(self.counts.sum())

    @overload
    def quantile(self, q: float) -> float: ...
    @overload
    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def quantile(self, q: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
        """Return about the value of rank ``floor(q * (count - 1))``, ranks from 0, in ascending order.

        Parameters
        ----------
        q
            A share in [0, 1], or an array of them.

        Returns
        -------
        float or numpy.ndarray
            In the unit of the feature, of the shape of ``q``. The error is at most ``ALPHA`` times the exact
            value, where that is within nine decades of the largest magnitude of its sign. NaN where nothing
            was seen.
        """
        if not len(self.codes):
            return np.full(np.shape(q), np.nan) if np.ndim(q) else math.nan
        ranks = np.floor(np.asarray(q) * (self.count - 1))
        places = np.searchsorted(np.cumsum(self.counts), ranks, side="right")
        middles = _middles(self.codes[places])
        return middles if np.ndim(q) else float(middles)

    def outside(self, low: float, high: float) -> int:
        """Return how many numbers lie below ``low`` or above ``high`` at most: all of a bucket that reaches there."""
        first, last = _codes(np.array([low, high]))
        return int(self.counts[(self.codes <= first) | (self.codes >= last)].sum())

    def update(self, column: Column) -> Self:
        """Return the counts with a further column."""
        codes = _codes(column.ordered)
        starts = run_starts(codes)
        return self.merge(type(self)(codes[starts], np.diff(starts, append=len(codes))))

    def merge(self, other: Self) -> Self:
        """Return the counts of both."""
        codes = _folded(np.concatenate([self.codes, other.codes]), self.SPAN)
        kept, places = np.unique(codes, return_inverse=True)
        counts = np.zeros(len(kept), np.int64)
        np.add.at(counts, places, np.concatenate([self.counts, other.counts]))
        return type(self)(kept, counts)

    def to_json(self) -> dict[str, list[int]]:
        """Return the buckets in use and their counts."""
        return {"codes": self.codes.tolist(), "counts": self.counts.tolist()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(np.array(data["codes"], np.int64), np.array(data["counts"], np.int64))


def _codes(numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bucket of every number; ascending where the numbers are."""
    codes = np.abs(numbers).view(np.int64)
    codes >>= _DROPPED_BITS
    codes[codes < 64] = 0  # subnormal numbers have fewer bits than a bucket needs
    return np.negative(codes, out=codes, where=numbers < 0)


def _middles(codes: NDArray[np.int64]) -> NDArray[np.float64]:
    bits = (np.abs(codes) << _DROPPED_BITS) + (1 << _DROPPED_BITS - 1)
    return np.sign(codes) * bits.view(np.float64)


def _folded(codes: NDArray[np.int64], span: int) -> NDArray[np.int64]:
    """Move every bucket of too small a magnitude into the lowest kept one of its side."""
    if not len(codes):
        return codes
    lowest, highest = codes.min() + span - 1, codes.max() - span + 1
    return np.where(codes > 0, np.maximum(codes, highest), np.where(codes < 0, np.minimum(codes, lowest), 0))
