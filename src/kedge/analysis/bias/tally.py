"""How often each value of a facet meets each label and each answer, in the rows and in their replicas."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from kedge.analysis.quality.replicas import POISSON
from kedge.analysis.quality.tally import counted, packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

REPLICAS = 1 + POISSON  # the rows as they are come first
LABELS, ANSWERS = 3, 5  # other, among, beyond; of answers also both, and none


@dataclass(frozen=True)
class Places:
    """For each row the place of its text among ``texts``."""

    places: NDArray[np.int64]
    texts: tuple[str, ...]

    def used(self) -> Places:
        """Return the same rows with only the texts that occur, in order."""
        seen = np.flatnonzero(np.bincount(self.places, minlength=len(self.texts)))
        texts = [self.texts[place] for place in seen.tolist()]
        order = np.argsort(np.array(texts, object), kind="stable") if texts else np.empty(0, np.int64)
        table = np.zeros(len(self.texts), np.int64)
        table[seen[order]] = np.arange(len(seen))
        return Places(table[self.places], tuple(texts[place] for place in order.tolist()))


def _nothing() -> Counts:
    return np.zeros((REPLICAS, 0, 0, LABELS, ANSWERS), np.int64)


@dataclass(frozen=True)
class Tally:
    """The counts of one facet, or of several together. Exact.

    Whether there are too many values or groups does not depend on the order of the rows, so merging equals one scan.

    Attributes
    ----------
    values, groups
        The texts of the facet's values and of the groups, in order; the empty text stands for none.
    counts
        ``(51, values, groups, 3, 5)``: by replica, value, group, state of the label, and state of the answer.
    many_values
        There are more than ``VALUES``, so nothing is counted.
    many_groups
        Values and groups together have more than ``CELLS`` pairs, so groups are not told apart.
    """

    VALUES: ClassVar[int] = 100
    CELLS: ClassVar[int] = 1024

    values: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    counts: Counts = field(default_factory=_nothing)
    many_values: bool = False
    many_groups: bool = False

    def update(
        self,
        value: Places,
        group: Places,
        label: NDArray[np.uint8],
        answer: NDArray[np.uint8],
        weights: NDArray[np.uint8],
    ) -> Self:
        """Return the tally with further rows, ``(n,)`` each, that count ``(51, n)`` times."""
        if self.many_values or not len(label):
            return self
        value, group = value.used(), group.used()
        if len(value.texts) > self.VALUES:
            return type(self)(many_values=True)
        many = self.many_groups or len(value.texts) * len(group.texts) > self.CELLS
        if many:
            group = Places(np.zeros(len(label), np.int64), ("",))
        shape = (len(value.texts), len(group.texts), LABELS, ANSWERS)
        codes = np.ravel_multi_index((value.places, group.places, label, answer), shape)
        counts = counted(weights, codes, int(np.prod(shape))).reshape(-1, *shape)
        return self.merge(type(self)(value.texts, group.texts, counts, many_groups=many))

    def merge(self, other: Self) -> Self:
        """Return the tally of all that either has seen."""
        many_groups = self.many_groups or other.many_groups
        values = _united(self.values, other.values)
        if self.many_values or other.many_values or len(values) > self.VALUES:
            return type(self)(many_values=True)
        groups = _united(self.groups, other.groups)
        many_groups = many_groups or len(values) * len(groups) > self.CELLS
        sides = [side.together() if many_groups else side for side in (self, other)]
        groups = _united(*(side.groups for side in sides))
        counts = np.zeros((REPLICAS, len(values), len(groups), LABELS, ANSWERS), np.int64)
        for side in sides:
            if side.counts.size:
                counts[:, _among(values, side.values)[:, None], _among(groups, side.groups)] += side.counts
        return type(self)(values, groups, counts, False, many_groups)

    def together(self) -> Self:
        """Return the tally without telling groups apart."""
        if not self.groups:
            return replace(self, many_groups=True)
        return replace(self, groups=("",), counts=self.counts.sum(2, keepdims=True), many_groups=True)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "values": list(self.values),
            "groups": list(self.groups),
            "counts": packed(self.counts),
            "many_values": self.many_values,
            "many_groups": self.many_groups,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        counts = unpacked(data["counts"])
        return cls(tuple(data["values"]), tuple(data["groups"]), counts, data["many_values"], data["many_groups"])


def crossed(parts: Sequence[Places]) -> Places:
    """Return the places of the combinations of several columns' texts, joined by a unit separator."""
    found, texts = parts[0].places, list(parts[0].texts)
    for part in parts[1:]:
        found = found * len(part.texts) + part.places
        texts = [f"{first}\x1f{second}" for first in texts for second in part.texts]
    return Places(found, tuple(texts))


def _united(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*first, *second}))


def _among(every: Sequence[str], some: Sequence[str]) -> NDArray[np.int64]:
    places = {text: place for place, text in enumerate(every)}
    return np.array([places[text] for text in some], np.int64)
