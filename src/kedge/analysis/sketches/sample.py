"""A few whole rows, to look at."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch

Row = dict[str, "float | int | str | None"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows with the smallest keys: a uniform sample without replacement, as keys are hashes.

    The smallest keys of a union are among the smallest of its parts, so merging equals one scan exactly.

    Attributes
    ----------
    rows
        Key and values (feature name to value), by ascending key, at most ``size`` of them. Values are as JSON
        takes them: numbers that are not finite are texts, texts are cut at ``LONGEST`` characters.
    size
        How many rows to keep; 0 keeps nothing. Merging takes the smaller size of both.

    Examples
    --------
    >>> from kedge.analysis.batch import Batch, column
    >>> batch = Batch({"age": column([30, 40, 50])}, np.array([7, 3, 5], np.uint64))
    >>> Sample(size=2).update(batch).rows
    ((3, {'age': 40}), (5, {'age': 50}))
    """

    SIZE: ClassVar[int] = 256
    LONGEST: ClassVar[int] = 256
    OF_ROWS: ClassVar[bool] = True  # is updated with a batch, unlike the sketches of one column

    rows: tuple[tuple[int, Row], ...] = ()
    size: int = SIZE

    def update(self, batch: Batch) -> Self:
        """Return the sample of all that was seen and of this batch."""
        places = self._chosen(batch.keys)
        rows = zip(batch.keys[places].tolist(), whole_rows(batch, places), strict=True)
        return self.merge(replace(self, rows=tuple(rows)))

    def merge(self, other: Self) -> Self:
        """Return the sample of all that either has seen."""
        size = min(self.size, other.size)
        return type(self)(tuple(sorted(self.rows + other.rows, key=itemgetter(0))[:size]), size)

    def to_json(self) -> dict[str, Any]:
        """Return the size and the rows; keys as 16 hexadecimal digits, since JSON readers round long integers."""
        rows = [{"key": f"{key:016x}", "row": row} for key, row in self.rows]
        return {"size": self.size, "rows": rows}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        rows = tuple((int(entry["key"], 16), entry["row"]) for entry in data["rows"])
        return cls(rows, data["size"])

    def _chosen(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the places of the keys that can still enter."""
        places = np.arange(len(keys))
        if self.rows and len(self.rows) == self.size:
            places = np.flatnonzero(keys < self.rows[-1][0])
        if len(places) > self.size:
            places = places[np.argpartition(keys[places], self.size)[: self.size]]
        return places


def whole_rows(batch: Batch, places: NDArray[np.int64]) -> list[Row]:
    """Return some rows of a batch as JSON takes them."""
    rows: list[Row] = [{} for _ in places]
    for name, column in batch.columns.items():
        for row, value in zip(rows, column.values(places), strict=True):
            row[name] = _plain(value)
    return rows


def _plain(value: float | int | str | None) -> float | int | str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value[: Sample.LONGEST] if isinstance(value, str) else value
