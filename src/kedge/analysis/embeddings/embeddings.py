"""What is remembered of a column of vectors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np

from kedge.analysis.batch import Vectors
from kedge.analysis.embeddings.directions import Directions
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch

KEPT: Final = 256
LENGTHS: Final = 16


@dataclass(frozen=True)
class Embeddings:
    """The vectors of one column: the joint sketch of embeddings. Only where a vector points counts.

    A column that a batch has not is missing in its rows.

    Attributes
    ----------
    column
        The column's name.
    kept
        How many vectors of each length to keep; 0 keeps none. Merging takes the smaller of both.
    rows
        All rows seen.
    missing
        Those without a list of numbers, or with an empty one.
    zero
        Those whose numbers are all 0: they point nowhere.
    not_finite
        Those of which a number is missing, NaN or infinite.
    lengths
        How many numbers to the vectors that have as many. Vectors of one model have one length; others are kept apart.

    Raises
    ------
    InputError
        While updating or merging: there are more than 16 lengths, or the columns differ.
    """

    OF_ROWS: ClassVar[bool] = True

    column: str
    kept: int = KEPT
    rows: int = 0
    missing: int = 0
    zero: int = 0
    not_finite: int = 0
    lengths: Mapping[int, Directions] = field(default_factory=dict)

    def update(self, batch: Batch) -> Self:
        """Return the sketch of all that was seen and of this batch."""
        vectors = batch.vectors.get(self.column)
        if vectors is None:
            return replace(self, rows=self.rows + len(batch), missing=self.missing + len(batch))
        found = replace(self, rows=0, missing=0, zero=0, not_finite=0, lengths={})
        sizes = vectors.sizes
        seen = replace(found, rows=len(batch), missing=int((sizes == 0).sum()))
        return self.merge(seen._with(vectors, sizes, batch.keys))

    def _with(self, vectors: Vectors, sizes: NDArray[np.int64], keys: NDArray[np.uint64]) -> Self:
        lengths, zero, not_finite = {}, 0, 0
        for size in _refused_if_many(self.column, np.unique(sizes[sizes > 0]).tolist()):
            of_size = sizes == size
            part = vectors if of_size.all() else vectors.where(of_size)
            units, usable = unit(part.matrix(size))
            zero += int((usable == ZERO).sum())
            not_finite += int((usable == NOT_FINITE).sum())
            good = usable == USABLE
            if good.any():
                lengths[size] = Directions.of(units[good], keys[of_size][good], self.kept)
        return replace(self, zero=zero, not_finite=not_finite, lengths=lengths)

    def merge(self, other: Self) -> Self:
        """Return the sketch of all that either has seen."""
        if self.column != other.column:
            raise InputError(
                f"Two profiles are of different columns: {self.column!r} and {other.column!r}.",
                next_step="Merge profiles that were made with the same --column.",
            )
        kept, mine, theirs = min(self.kept, other.kept), self.lengths, other.lengths
        sizes = _refused_if_many(self.column, sorted(mine.keys() | theirs.keys()))
        return replace(
            self,
            kept=kept,
            **{name: getattr(self, name) + getattr(other, name) for name in _COUNTS},
            lengths={size: _merged(mine.get(size), theirs.get(size), kept) for size in sizes},
        )

    @property
    def size(self) -> int | None:
        """The length that most vectors have, the larger of two; None where there is none."""
        return max(self.lengths, key=lambda size: (self.lengths[size].count, size), default=None)

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same rows."""
        same = (self.column, self.kept, *(getattr(self, name) for name in _COUNTS), *self.lengths)
        return same == (other.column, other.kept, *(getattr(other, n) for n in _COUNTS), *other.lengths) and all(
            found.agrees(other.lengths[size]) for size, found in self.lengths.items()
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "column": self.column,
            "kept": self.kept,
            **{name: getattr(self, name) for name in _COUNTS},
            "lengths": {str(size): found.to_json() for size, found in self.lengths.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        lengths = {int(size): Directions.from_json(found, int(size)) for size, found in data["lengths"].items()}
        counts = {name: data[name] for name in _COUNTS}
        return cls(data["column"], data["kept"], lengths=lengths, **counts)


_COUNTS: Final = ("rows", "missing", "zero", "not_finite")
USABLE, ZERO, NOT_FINITE = 0, 1, 2


def unit(vectors: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return vectors ``(n, d)`` at length 1, and of each whether it is USABLE, ZERO or NOT_FINITE.

    >>> units, usable = unit(np.array([[3.0, 4.0], [0.0, 0.0], [1.0, np.nan]]))
    >>> units[0].tolist(), usable.tolist()
    ([0.6, 0.8], [0, 1, 2])
    """
    found = vectors.astype(np.float64)
    with np.errstate(all="ignore"):  # what cannot be used is told, and no warning
        largest = np.abs(found).max(axis=1)
        found /= largest[:, None]  # so that no square is too large or too small
        found /= np.sqrt(np.einsum("ij,ij->i", found, found))[:, None]
    usable = np.where(largest == 0, ZERO, np.where(np.isfinite(largest), USABLE, NOT_FINITE))
    return found, usable


def places(vectors: Vectors, size: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Yield the rows whose vectors of this length can be used, and these at length 1."""
    rows = np.flatnonzero(vectors.sizes == size)
    if len(rows):
        units, usable = unit(vectors.where(vectors.sizes == size).matrix(size))
        yield rows[usable == USABLE], units[usable == USABLE]


def _merged(mine: Directions | None, theirs: Directions | None, kept: int) -> Directions:
    if mine is not None and theirs is not None:
        return mine.merge(theirs, kept)
    alone = mine if mine is not None else theirs
    assert alone is not None
    return alone if len(alone.keys) <= kept else replace(alone, keys=alone.keys[:kept], sample=alone.sample[:kept])


def _refused_if_many(column: str, sizes: list[int]) -> list[int]:
    if len(sizes) > LENGTHS:
        some = ", ".join(map(str, sizes[:5]))
        raise InputError(
            f"The vectors have more than {LENGTHS} different lengths, such as {some}: these are no embeddings.",
            field=column,
            next_step="Give vectors of one encoder, one length for every row.",
        )
    return sizes
