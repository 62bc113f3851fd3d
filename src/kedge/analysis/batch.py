"""What a reader hands to the sketches: a batch of rows, column by column, as numpy arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.hashing import hash_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


class Kind(IntEnum):
    """The type of one single value, read from its text (data-quality.md, 3.3)."""

    MISSING = 0
    FRACTIONAL = 1
    INTEGRAL = 2
    BOOLEAN = 3
    STRING = 4


# Numbers, for loops over values: Python 3.11 looks for a member by its name in Python, each time.
_MISSING, _FRACTIONAL, _INTEGRAL, _BOOLEAN, _STRING = map(int, Kind)
_KINDS = {type(None): _MISSING, int: _INTEGRAL, bool: _BOOLEAN, str: _STRING}


@dataclass(frozen=True)
class Texts:
    """Strings the way Arrow keeps them: UTF-8 bytes end to end, cut by offsets.

    Parameters
    ----------
    offsets
        ``(n + 1,)`` int64; value ``i`` is ``data[offsets[i]:offsets[i + 1]]``.
    data
        ``(bytes,)`` uint8.
    """

    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]

    @classmethod
    def of(cls, values: Sequence[str]) -> Texts:
        """Pack Python strings; half a surrogate pair, which UTF-8 has no bytes for, becomes U+FFFD."""
        encoded = [_encoded(value) for value in values]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(value) for value in encoded], out=offsets[1:])
        return cls(offsets, np.frombuffer(b"".join(encoded), np.uint8))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def hashes(self) -> NDArray[np.uint64]:
        """The hash of every text, taken once for every sketch that wants it."""
        return hash_texts(self.offsets, self.data)

    def cut(self, start: int, end: int) -> Texts:
        """Return the texts from ``start`` on, before ``end``."""
        return Texts(self.offsets[start : end + 1], self.data)

    def where(self, kept: NDArray[np.bool_]) -> Texts:
        """Return the texts that a mask keeps."""
        sizes = np.diff(self.offsets)
        data = self.data[self.offsets[0] : self.offsets[-1]][np.repeat(kept, sizes)]
        return Texts(np.concatenate([[0], np.cumsum(sizes[kept])]), data)

    def at(self, places: NDArray[np.int64]) -> Texts:
        """Return the texts of these places, in their order, any of them as often as it is asked for.

        >>> [*Texts.of(["no", "maybe"]).at(np.array([1, 0, 1]))]
        ['maybe', 'no', 'maybe']
        """
        sizes = np.diff(self.offsets)[places]
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        return Texts(offsets, self.data[np.repeat(self.offsets[places] - offsets[:-1], sizes) + np.arange(offsets[-1])])

    @classmethod
    def joined(cls, parts: Sequence[Texts]) -> Texts:
        """Return texts end to end, with no other bytes than theirs."""
        sizes = np.concatenate([np.diff(part.offsets) for part in parts])
        data = np.concatenate([part.data[part.offsets[0] : part.offsets[-1]] for part in parts])
        return cls(np.concatenate([[0], np.cumsum(sizes)]), data)

    def __getitem__(self, index: int) -> str:
        start, end = self.offsets[index], self.offsets[index + 1]
        return self.data[start:end].tobytes().decode("utf-8", "replace")


@dataclass(frozen=True)
class Column:
    """One feature of one batch of ``n`` rows.

    Parameters
    ----------
    kinds
        ``(n,)`` uint8 of :class:`Kind`.
    numbers
        ``(n,)`` float64; read only where the kind is FRACTIONAL or INTEGRAL; may be infinite there.
    texts
        The texts to count as categories, in row order, or None where there are none. They belong to the
        rows ``text_rows``.
    text_rows
        ``(len(texts),)`` int64, ascending row numbers.
    """

    kinds: NDArray[np.uint8]
    numbers: NDArray[np.float64]
    texts: Texts | None = None
    text_rows: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.kinds)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many values are of each kind, ``(5,)``."""
        return np.array([np.count_nonzero(self.kinds == kind) for kind in range(len(Kind))])

    @cached_property
    def numeric(self) -> int:
        """How many values are numbers."""
        return int(self.counts[Kind.FRACTIONAL] + self.counts[Kind.INTEGRAL])

    @property
    def arrived(self) -> NDArray[np.float64]:
        """The numbers, infinite ones too, in arrival order."""
        if self.numeric == len(self):
            return self.numbers
        numeric: NDArray[np.bool_] = (self.kinds == Kind.FRACTIONAL) | (self.kinds == Kind.INTEGRAL)
        return self.numbers[numeric]

    @cached_property
    def ordered(self) -> NDArray[np.float64]:
        """The finite numbers, ascending, every zero 0.0: sorted once for every sketch that wants them so."""
        ordered: NDArray[np.float64] = np.sort(self.arrived)
        zeros = slice(*(np.searchsorted(ordered, 0.0, side) for side in ("left", "right")))
        ordered[zeros] = 0.0  # one of them may be -0.0
        return ordered[np.searchsorted(ordered, -np.inf, "right") : np.searchsorted(ordered, np.inf, "left")]

    @property
    def infinite(self) -> int:
        """How many numbers are plus or minus infinity."""
        return self.numeric - len(self.ordered)

    def cut(self, start: int, end: int) -> Column:
        """Return the rows from ``start`` on, before ``end``."""
        if (start, end) == (0, len(self)):
            return self
        texts, rows = self.texts, self.text_rows
        if texts is not None and rows is not None:
            first, last = np.searchsorted(rows, [start, end]).tolist()
            texts, rows = texts.cut(first, last), rows[first:last] - start
        return Column(self.kinds[start:end], self.numbers[start:end], texts, rows)

    def where(self, kept: NDArray[np.bool_]) -> Column:
        """Return the rows that a mask keeps."""
        texts, rows = self.texts, self.text_rows
        if texts is not None and rows is not None:
            stay = kept[rows]
            texts, rows = texts.where(stay), (np.cumsum(kept) - 1)[rows[stay]]
        return Column(self.kinds[kept], self.numbers[kept], texts, rows)

    @classmethod
    def joined(cls, parts: Sequence[Column]) -> Column:
        """Return columns end to end; either all have texts or none has."""
        if len(parts) == 1:
            return parts[0]
        kinds, numbers = (np.concatenate(arrays) for arrays in zip(*((p.kinds, p.numbers) for p in parts), strict=True))
        starts = np.cumsum([0, *map(len, parts)])
        rows = [p.text_rows + start for p, start in zip(parts, starts, strict=False) if p.text_rows is not None]
        texts = [p.texts for p in parts if p.texts is not None]
        return cls(kinds, numbers, *((Texts.joined(texts), np.concatenate(rows)) if texts else ()))

    def taken(self, rows: NDArray[np.int64]) -> Column:
        """Return the kinds and numbers of some rows, without their texts."""
        return Column(self.kinds[rows], self.numbers[rows])

    def value(self, row: int) -> float | str | None:
        """Return the value of one row, for a person: a number, a text, or None where it is missing."""
        return self.values(np.array([row]))[0]

    def values(self, rows: NDArray[np.int64]) -> list[float | str | None]:
        """Return the values of some rows, for a person: numbers, texts, or None where they are missing."""
        places = [0] * len(rows) if self.text_rows is None else self.text_rows.searchsorted(rows).tolist()
        # Python's own numbers: comparing a numpy scalar with an enum takes microseconds.
        return list(map(self._value, self.kinds[rows].tolist(), self.numbers[rows].tolist(), places))

    def _value(self, kind: int, number: float, place: int) -> float | str | None:
        if kind == _FRACTIONAL:
            return number
        if kind == _INTEGRAL:
            return int(number) if math.isfinite(number) else number
        return None if kind == _MISSING or self.texts is None else self.texts[place]


@dataclass(frozen=True)
class Vectors:
    """A column of lists of numbers, the way Arrow keeps them: the numbers end to end, cut by offsets.

    Parameters
    ----------
    offsets
        ``(n + 1,)`` int64; row ``i`` is ``numbers[offsets[i]:offsets[i + 1]]``, empty where there is no list.
    numbers
        float32 or float64; what is no number is NaN.
    """

    offsets: NDArray[np.int64]
    numbers: NDArray[np.float32] | NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[Sequence[float] | None]) -> Vectors:
        """Pack Python lists; None is no list.

        >>> Vectors.of([[1, 2], None]).sizes.tolist()
        [2, 0]
        """
        lists = [row or () for row in rows]
        offsets = np.concatenate([[0], np.cumsum([len(row) for row in lists], dtype=np.int64)])
        return cls(offsets, np.array([value for row in lists for value in row], np.float64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many numbers each row has."""
        return np.diff(self.offsets)

    def cut(self, start: int, end: int) -> Vectors:
        """Return the rows from ``start`` on, before ``end``."""
        return Vectors(self.offsets[start : end + 1], self.numbers)

    def where(self, kept: NDArray[np.bool_]) -> Vectors:
        """Return the rows that a mask keeps."""
        sizes = self.sizes
        numbers = self.numbers[self.offsets[0] : self.offsets[-1]][np.repeat(kept, sizes)]
        return Vectors(np.concatenate([[0], np.cumsum(sizes[kept])]), numbers)

    def matrix(self, size: int) -> NDArray[np.float32] | NDArray[np.float64]:
        """Return the rows as ``(n, size)``, all of which are to have that many numbers."""
        return self.numbers[self.offsets[0] : self.offsets[-1]].reshape(len(self), size)

    @classmethod
    def joined(cls, parts: Sequence[Vectors]) -> Vectors:
        """Return rows end to end."""
        if len(parts) == 1:
            return parts[0]
        numbers = np.concatenate([part.numbers[part.offsets[0] : part.offsets[-1]] for part in parts])
        return cls(np.concatenate([[0], np.cumsum(np.concatenate([part.sizes for part in parts]))]), numbers)


@dataclass(frozen=True)
class Batch:
    """Rows, column by column.

    Parameters
    ----------
    columns
        Feature name to column, in the order of the data; all of one length.
    keys
        ``(n,)`` uint64, one stable key a row (from its event id, or its place); the sample is drawn by them.
    vectors
        Name to vectors, of columns whose values are lists of numbers and that were asked for as such.
    """

    columns: Mapping[str, Column]
    keys: NDArray[np.uint64]
    vectors: Mapping[str, Vectors] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)


def column(values: Sequence[object]) -> Column:
    """Build a column from Python values, for tests and small data; texts are kept as texts.

    >>> column([1, 2.5, "a", None, True]).counts.tolist()
    [1, 1, 1, 1, 1]
    """
    each = [_kind(value) for value in values]
    kinds = np.array(each, np.uint8)
    numeric = (kinds == Kind.FRACTIONAL) | (kinds == Kind.INTEGRAL)
    numbers = np.array([value if n else np.nan for value, n in zip(values, numeric.tolist(), strict=True)], np.float64)
    rows = np.flatnonzero(~numeric & (kinds != Kind.MISSING))
    texts = [str(values[row]).lower() if each[row] == _BOOLEAN else str(values[row]) for row in rows.tolist()]
    return Column(kinds, numbers, Texts.of(texts), rows)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _kind(value: object) -> int:
    if (known := _KINDS.get(type(value))) is not None:
        return known
    if value != value:
        return _MISSING
    if isinstance(value, int | np.integer):
        return _INTEGRAL
    if isinstance(value, float):
        return _FRACTIONAL
    return _STRING
