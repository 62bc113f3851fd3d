"""What probabilities say beside what came true."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from kedge.analysis.quality.tally import counted, exactly, packed, summed, unpacked, value_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.tally import Counts


@dataclass(frozen=True)
class Calibration:
    """Sums of the losses, and what probabilities say and what is true in ten equal intervals, in R replicas.

    Sums are of whole steps, so they are the same in any order.

    Attributes
    ----------
    losses
        ``(R, 2, 2)``: coarse and fine steps of the log loss and of the squared error (:func:`.tally.exactly`).
    said
        ``(R, 10)``: the sum of the probabilities in each interval, in steps of 2**-32.
    counts
        ``(R, 2, 10)``: negative rows, and positive ones.
    outside
        ``(R, 1)``: rows whose score is not between 0 and 1. They enter nothing else.
    """

    EDGES: ClassVar[NDArray[np.float64]] = np.linspace(0, 1, 11)  # as scikit-learn's, to the last bit
    CLIP: ClassVar[float] = float(np.finfo(np.float64).eps)  # and so is this

    STEPS: ClassVar[float] = 2.0**32  # with at most 131,072 rows that count 8 times no sum leaves 53 bits

    losses: Counts
    said: Counts
    counts: Counts
    outside: Counts

    @classmethod
    def nothing(cls, replicas: int) -> Self:
        """Return the neutral element."""
        return cls(*(np.zeros((replicas, *shape), np.int64) for shape in ((2, 2), (10,), (2, 10), (1,))))

    @classmethod
    def of(cls, weights: NDArray[np.uint8], scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Self:
        """Return the sums of rows."""
        inside = (scores >= 0) & (scores <= 1)
        outside = counted(weights, inside.astype(np.int64), 2)[:, :1]
        if not inside.all():
            weights, scores, positive = weights[:, inside], scores[inside], positive[inside]
        believed = np.clip(np.where(positive, scores, 1 - scores), cls.CLIP, 1 - cls.CLIP)
        losses = np.stack([-np.log(believed), (scores - positive) ** 2])
        places = np.searchsorted(cls.EDGES[1:-1], scores)
        said = np.where(places == np.arange(10)[:, None], np.rint(scores * cls.STEPS), 0.0)
        counts = counted(weights, positive * 10 + places, 20)
        return cls(exactly(weights, losses), summed(weights, said).astype(np.int64), counts.reshape(-1, 2, 10), outside)

    def merge(self, other: Self) -> Self:
        """Return the sums of both."""
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def part(self, replicas: slice) -> Self:
        """Return some of the replicas."""
        return type(self)(*(getattr(self, f.name)[replicas] for f in fields(self)))

    @property
    def rows(self) -> NDArray[np.float64]:
        """How many rows have a probability, ``(R,)``; NaN where a score is none."""
        return np.where(self.outside[:, 0] > 0, np.nan, self.counts.sum((1, 2)))

    @property
    def log_loss(self) -> NDArray[np.float64]:
        """The sum of the log losses, ``(R,)``."""
        return value_of(self.losses)[:, 0]

    @property
    def squared(self) -> NDArray[np.float64]:
        """The sum of the squared errors, ``(R,)``."""
        return value_of(self.losses)[:, 1]

    @property
    def expected(self) -> NDArray[np.float64]:
        """The sum of the probabilities in each interval, ``(R, 10)``."""
        return self.said / self.STEPS

    def to_json(self) -> dict[str, Any]:
        """Return the sums by name."""
        return {f.name: packed(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(**{f.name: unpacked(data[f.name]) for f in fields(cls)})
