"""Rows the way a predictor sees them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Value = float | int | str | bool | None

_WHOLE: Final = 2.0**53  # up to here every whole number is a float
_INFINITE: Final = ("inf", "-inf", "nan")  # as a sample keeps numbers that are not finite
_BOOLEANS: Final = {"false": False, "true": True}


@dataclass(frozen=True)
class Table:
    """Rows of features: numbers as they are, every other value as its place among the values of its feature.

    So rows are mixed by numpy alone, and a category is always replaced as a whole.

    Parameters
    ----------
    names
        The features, in the order that the predictor knows.
    cells
        ``(features, n)`` float64; NaN is missing.
    levels
        Of a feature that is not made of numbers alone: its values, which the cells count from 0.

    Examples
    --------
    >>> table = Table.of([{"age": 40, "city": "Kiel"}, {"age": 2.5, "city": None}], ("age", "city"))
    >>> table.rows()
    [[40, 'Kiel'], [2.5, None]]
    """

    names: tuple[str, ...]
    cells: NDArray[np.float64]
    levels: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Value]], names: Sequence[str]) -> Self:
        """Make a table of rows; what a row has not is missing.

        Texts that are all ``true`` or ``false`` are booleans, as a file knows no others.
        """
        columns = [[row.get(name) for row in rows] for name in names]
        made = [_column(column) for column in columns]
        cells = np.array([cells for cells, _ in made], np.float64).reshape(len(names), len(rows))
        return cls(tuple(names), cells, {name: known for name, (_, known) in zip(names, made, strict=True) if known})

    def __len__(self) -> int:
        return int(self.cells.shape[1])

    def part(self, start: int, end: int) -> Table:
        """Return the rows from ``start`` on, before ``end``."""
        return Table(self.names, self.cells[:, start:end], self.levels)

    def column(self, place: int) -> list[Value]:
        """Return the values of one feature; a number without a fraction is an integer, and NaN is None."""
        numbers, known = self.cells[place].tolist(), self.levels.get(self.names[place])
        if known is not None:
            return [None if math.isnan(number) else known[int(number)] for number in numbers]
        return [_plain(number) for number in numbers]

    def columns(self) -> dict[str, list[Value]]:
        """Return the values by feature: what a frame of any library is made of."""
        return {name: self.column(place) for place, name in enumerate(self.names)}

    def matrix(self) -> NDArray[np.float64] | NDArray[np.object_]:
        """Return ``(n, features)``: float64 where all values are numbers or booleans, else objects."""
        others = {name: known for name, known in self.levels.items() if not all(isinstance(v, bool) for v in known)}
        if not others:
            return self.cells.T
        found = np.empty((len(self), len(self.names)), object)
        for place, name in enumerate(self.names):
            found[:, place] = self.column(place) if name in others else self.cells[place]
        return found

    def rows(self) -> list[list[Value]]:
        """Return the values row by row."""
        return [list(row) for row in zip(*self.columns().values(), strict=True)]


def _column(values: list[Value]) -> tuple[list[float], tuple[Value, ...]]:
    """Return the cells of a column, and its levels where it needs some."""
    told = [str(value).lower() if isinstance(value, bool) else value for value in values]
    if not any(isinstance(value, str) and value not in _INFINITE for value in told):
        return [math.nan if value is None else float(value) for value in told], ()
    known = sorted({value for value in told if value is not None}, key=str)
    boolean = set(known) <= _BOOLEANS.keys()
    known = list(_BOOLEANS) if boolean else known  # both, so that the cell of true is 1 where there is no false
    places = {value: float(place) for place, value in enumerate(known)}
    levels = tuple(_BOOLEANS[str(value)] if boolean else value for value in known)
    return [math.nan if value is None else places[value] for value in told], levels


def _plain(number: float) -> Value:
    if math.isnan(number):
        return None
    return int(number) if abs(number) < _WHOLE and number.is_integer() else number
