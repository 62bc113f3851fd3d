"""How many rows of either class have which score."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from kedge.analysis.quality.tally import counted, packed, united, unpacked
from kedge.analysis.runs import run_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.tally import Counts

_HALF: Final = int(np.array(0.5).view(np.int64))


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


def score_keys(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return whole numbers in the order of the scores, as fine near 1 as they are near 0.

    Up to 0.5 it is the bits of the float, whose distance is relative to the score; above, those of 1 minus the score,
    mirrored. So ``key >> shift`` cuts either end into ever finer intervals. Between 0 and 1 different scores have
    different keys; outside of it, where scores may be log-odds, the last bit is lost.

    >>> score_keys(np.array([-3.0, 0.0, 0.25, 0.5, 0.75, 4.0])).tolist() == sorted(
    ...     score_keys(np.array([0.25, 4.0, 0.5, 0.0, 0.75, -3.0])).tolist())
    True
    """
    upper = scores > 0.5
    near = np.where(upper, 1.0 - scores, scores) + 0.0  # -0.0 is 0.0
    bits = np.abs(near).view(np.int64)
    keys = np.where(near < 0, -(bits >> 1), bits) - _HALF
    return np.where(upper, -keys, keys)


@dataclass(frozen=True)
class Scores:
    """A histogram of the score by label, in each of R replicas.

    The bins are ``key >> shift`` for the smallest shift with which the scores fall into at most ``limit`` bins. So it
    is exact while distinct scores are few, and beyond it depends on which scores there are and on nothing else:
    merging equals one scan.

    Attributes
    ----------
    limit
        The most bins there may be; merging takes the smaller one of both.
    counts
        ``(R, 2, C)``: negative rows, and positive ones.
    shift
        How many bits of the key are left out.
    bins
        ``(C,)``, in order.
    """

    limit: int
    counts: Counts
    shift: int = 0
    bins: NDArray[np.int64] = field(default_factory=_none)

    @classmethod
    def of(cls, weights: NDArray[np.uint8], keys: NDArray[np.int64], positive: NDArray[np.bool_], limit: int) -> Self:
        """Return the histogram of rows."""
        seen, places = np.unique(keys, return_inverse=True)
        shift = _shift(seen, limit)
        bins, binned = np.unique(seen >> shift, return_inverse=True)
        counts = counted(weights, positive * len(bins) + binned[places], 2 * len(bins))
        return cls(limit, counts.reshape(len(weights), 2, -1), shift, bins)

    def merge(self, other: Self) -> Self:
        """Return the histogram of both."""
        shift = max(self.shift, other.shift)
        bins, counts = united((side.bins >> shift - side.shift, side.counts) for side in (self, other))
        limit = min(self.limit, other.limit)
        more = _shift(bins, limit)
        starts = run_starts(bins >> more)
        if len(starts) < len(bins):
            counts = np.add.reduceat(counts, starts, axis=-1)
        return type(self)(limit, counts, shift + more, (bins >> more)[starts])

    def part(self, replicas: slice) -> Self:
        """Return some of the replicas."""
        return type(self)(self.limit, self.counts[replicas], self.shift, self.bins)

    @property
    def negatives(self) -> NDArray[np.float64]:
        """How many rows that are not positive have a score in each bin, ``(R, C)``."""
        return self.counts[:, 0].astype(np.float64)

    @property
    def positives(self) -> NDArray[np.float64]:
        """How many positive rows have a score in each bin, ``(R, C)``."""
        return self.counts[:, 1].astype(np.float64)

    @property
    def exact(self) -> bool:
        """Whether every score has a bin of its own."""
        return self.shift == 0

    @property
    def bound(self) -> float:
        """How far the area under the ROC curve of the first replica can be from that of the scores themselves.

        Within a bin half of the pairs of a positive and a negative row are taken as in order; were it all or none, the
        area would change by half the share of these pairs. 0.0 where the histogram is exact.
        """
        negatives, positives = self.counts[0].astype(np.float64)
        pairs = positives.sum() * negatives.sum()
        return 0.0 if self.exact or not pairs else float((positives * negatives).sum() / pairs / 2)

    def to_json(self) -> dict[str, Any]:
        """Return the limit, the shift, the bins and the counts.

        Bins are the first one and the steps to the next, in hexadecimal, since JSON readers round long integers.
        """
        steps = [*self.bins[:1].tolist(), *np.diff(self.bins).tolist()]
        bins = " ".join(f"{step:x}" for step in steps)
        return {"limit": self.limit, "shift": self.shift, "bins": bins, "counts": packed(self.counts)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        bins = np.cumsum(np.array([int(step, 16) for step in data["bins"].split()], np.int64))
        return cls(data["limit"], unpacked(data["counts"]), data["shift"], bins)


def _shift(keys: NDArray[np.int64], limit: int) -> int:
    """Return the smallest shift after which at most ``limit`` of the sorted, distinct keys differ.

    Two neighbours still differ after a shift where the highest bit in which they differ is not shifted out.
    """
    if len(keys) <= limit:
        return 0
    apart = (keys[1:] ^ keys[:-1]).view(np.uint64)
    return int(np.partition(apart, -limit)[-limit]).bit_length()
