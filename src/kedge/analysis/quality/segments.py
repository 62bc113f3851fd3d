"""The outcomes of rows, and of their replicas: of all rows, and of those with each value of a column."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np

from kedge.analysis.quality.answers import Classes
from kedge.analysis.quality.outcomes import Outcomes
from kedge.analysis.quality.replicas import ALL, POISSON
from kedge.analysis.runs import run_starts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from kedge.analysis.batch import Column
    from kedge.analysis.quality.answers import Answers
    from kedge.domain.roles import Roles

BINS: Final = 32_768
BINS_OF_REPLICAS: Final = 256
BINS_OF_SEGMENTS: Final = 1024
BINS_OF_SEGMENT_REPLICAS: Final = 32


@dataclass(frozen=True)
class Pair:
    """Outcomes of the rows as they are, and of their 55 replicas."""

    whole: Outcomes
    drawn: Outcomes

    @classmethod
    def nothing(cls, roles: Roles, *, segment: bool = False) -> Self:
        """Return what was not seen yet; a segment's histograms are coarser, as there may be many."""
        bins = (BINS_OF_SEGMENTS, BINS_OF_SEGMENT_REPLICAS) if segment else (BINS, BINS_OF_REPLICAS)
        return cls(Outcomes.nothing(roles, 1, bins[0]), Outcomes.nothing(roles, ALL, bins[1]))

    @property
    def replicas(self) -> Outcomes:
        """The 50 replicas of a bootstrap."""
        return self.drawn.part(slice(POISSON))

    @property
    def subsets(self) -> Outcomes:
        """The 5 subsets of the service."""
        return self.drawn.part(slice(POISSON, None))

    def update(self, answers: Answers, drawn: NDArray[np.uint8]) -> Self:
        """Return the pair with further rows."""
        once = np.ones((1, drawn.shape[1]), np.uint8)
        return replace(self, whole=self.whole.update(answers, once), drawn=self.drawn.update(answers, drawn))

    def merge(self, other: Self) -> Self:
        """Return the pair of all that either has seen."""
        return replace(self, whole=self.whole.merge(other.whole), drawn=self.drawn.merge(other.drawn))

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same rows."""
        return self.whole.agrees(other.whole) and self.drawn.agrees(other.drawn)

    def to_json(self) -> dict[str, Any]:
        """Return both."""
        return {"whole": self.whole.to_json(), "drawn": self.drawn.to_json()}

    def read(self, data: Mapping[str, Any]) -> Self:
        """Return this pair with what :meth:`to_json` wrote."""
        return replace(self, whole=self.whole.read(data["whole"]), drawn=self.drawn.read(data["drawn"]))


@dataclass(frozen=True)
class Segments:
    """The outcomes of the rows with each value of a column; of none, once there are more than ``LIMIT``.

    Whether there are does not depend on the order of the rows, so merging equals one scan. The value of rows
    without one is the empty text.
    """

    LIMIT: ClassVar[int] = 256

    values: Mapping[str, Pair] = field(default_factory=dict)
    too_many: bool = False

    def update(self, column: Column | None, answers: Answers, drawn: NDArray[np.uint8], roles: Roles) -> Self:
        """Return the segments with further rows."""
        if self.too_many:
            return self
        found = Classes.of(column, drawn.shape[1])
        groups = {found.texts[place] if place >= 0 else "": rows for place, rows in _groups(found.places)}
        if len({*self.values, *groups}) > self.LIMIT:
            return type(self)(too_many=True)
        values = dict(self.values)
        for value, rows in groups.items():
            seen = values.get(value) or Pair.nothing(roles, segment=True)
            values[value] = seen.update(answers.where(rows), drawn[:, rows])
        return self._bounded(values)

    def merge(self, other: Self) -> Self:
        """Return the segments of all that either has seen."""
        if self.too_many or other.too_many:
            return type(self)(too_many=True)
        both = {value: pair.merge(other.values[value]) for value, pair in self.values.items() if value in other.values}
        return self._bounded({**self.values, **other.values, **both})

    def _bounded(self, values: Mapping[str, Pair]) -> Self:
        many = len(values) > self.LIMIT
        return type(self)({} if many else dict(sorted(values.items())), many)

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same rows."""
        same = self.too_many == other.too_many and self.values.keys() == other.values.keys()
        return same and all(pair.agrees(other.values[value]) for value, pair in self.values.items())

    def to_json(self) -> dict[str, Any]:
        """Return the pairs by value."""
        return {"too_many": self.too_many, "values": {value: pair.to_json() for value, pair in self.values.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], roles: Roles) -> Self:
        """Read what :meth:`to_json` wrote."""
        empty = Pair.nothing(roles, segment=True)
        return cls({value: empty.read(pair) for value, pair in data["values"].items()}, data["too_many"])


def _groups(places: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield every place with the rows that have it."""
    order = np.argsort(places, kind="stable")
    starts = run_starts(places[order])
    for start, rows in zip(starts.tolist(), np.split(order, starts[1:]), strict=False):
        yield int(places[order[start]]), rows
