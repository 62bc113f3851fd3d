"""How often each class was answered with each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from kedge.analysis.quality.tally import counted, packed, united, unpacked
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kedge.analysis.quality.tally import Counts


LIMIT: Final = 1000


def _refuse_many(classes: Sequence[str]) -> None:
    if len(classes) > LIMIT:
        raise InputError(
            f"Labels and predictions have more than {LIMIT:,} different values, such as {classes[0]!r}.",
            next_step="Is this a problem of --problem-type Regression?",
        )


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Confusion:
    """How often each pair of an actual and a predicted class occurs, in each of R replicas. Exact.

    Attributes
    ----------
    classes
        The K class texts, in order.
    pairs
        ``(C,)`` of the pairs that occur, in order: the actual class's place times K, plus the predicted one's.
    counts
        ``(R, C)``.

    Raises
    ------
    InputError
        There are more than 1,000 classes.
    """

    counts: Counts
    classes: tuple[str, ...] = ()
    pairs: NDArray[np.int64] = field(default_factory=_none)

    def __post_init__(self) -> None:
        _refuse_many(self.classes)

    @classmethod
    def of(
        cls,
        weights: NDArray[np.uint8],
        actual: NDArray[np.int64],
        predicted: NDArray[np.int64],
        classes: Sequence[str],
    ) -> Self:
        """Return the counts of rows, given the places of their classes."""
        _refuse_many(classes)
        codes = actual * len(classes) + predicted
        seen = np.flatnonzero(np.bincount(codes))
        table = np.zeros(len(classes) ** 2, np.int64)  # a look-up, where sorting would take longer
        table[seen] = np.arange(len(seen))
        found = cls(counted(weights, table[codes], len(seen)), (), seen)
        used = np.unique(np.concatenate(np.divmod(seen, max(len(classes), 1)))).tolist()
        return found._among(sorted(classes[place] for place in used), classes)

    def merge(self, other: Self) -> Self:
        """Return the counts of both."""
        classes = tuple(sorted({*self.classes, *other.classes}))
        sides = [side._among(classes, side.classes) for side in (self, other)]
        pairs, counts = united((side.pairs, side.counts) for side in sides)
        return type(self)(counts, classes, pairs)

    def _among(self, classes: Sequence[str], before: Sequence[str]) -> Self:
        """Return the same counts with the pairs by their places among other classes."""
        if tuple(classes) == tuple(before):
            return type(self)(self.counts, tuple(classes), self.pairs)
        new = {name: place for place, name in enumerate(classes)}
        places = np.array([new.get(name, 0) for name in before] or [0])
        actual, predicted = np.divmod(self.pairs, max(len(before), 1))
        pairs = places[actual] * len(classes) + places[predicted]
        order = np.argsort(pairs)
        return type(self)(self.counts[:, order], tuple(classes), pairs[order])

    def constant(self, answer: str) -> Self:
        """Return the counts of a classifier that always gives one answer, of a class that there is."""
        k, place = len(self.classes), self.classes.index(answer)
        pairs, counts = united([(self.pairs // k * k + place, self.counts)])
        return type(self)(counts, self.classes, pairs)

    def part(self, replicas: slice) -> Self:
        """Return some of the replicas."""
        return type(self)(self.counts[replicas], self.classes, self.pairs)

    @property
    def total(self) -> NDArray[np.float64]:
        """How many rows were counted, ``(R,)``."""
        total: NDArray[np.float64] = self.counts.sum(1).astype(np.float64)
        return total

    @property
    def matrix(self) -> Counts:
        """All counts, ``(R, K, K)``: actual by predicted."""
        k = len(self.classes)
        found = np.zeros((len(self.counts), k * k), np.int64)
        found[:, self.pairs] = self.counts
        return found.reshape(-1, k, k)

    @property
    def actual(self) -> NDArray[np.float64]:
        """How many rows are of each class, ``(R, K)``."""
        return self._by(self.pairs // max(len(self.classes), 1))

    @property
    def predicted(self) -> NDArray[np.float64]:
        """How many rows were answered with each class, ``(R, K)``."""
        return self._by(self.pairs % max(len(self.classes), 1))

    @property
    def hits(self) -> NDArray[np.float64]:
        """How many rows of each class were answered with it, ``(R, K)``."""
        actual, predicted = np.divmod(self.pairs, max(len(self.classes), 1))
        return self._by(actual, where=actual == predicted)

    def _by(self, places: NDArray[np.int64], where: NDArray[np.bool_] | slice = slice(None)) -> NDArray[np.float64]:
        found = np.zeros((len(self.classes), len(self.counts)))
        np.add.at(found, places[where], self.counts.T[where])
        return found.T

    def to_json(self) -> dict[str, Any]:
        """Return the classes, the pairs and their counts."""
        return {"classes": list(self.classes), "pairs": self.pairs.tolist(), "counts": packed(self.counts)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(unpacked(data["counts"]), tuple(data["classes"]), np.array(data["pairs"], np.int64))
