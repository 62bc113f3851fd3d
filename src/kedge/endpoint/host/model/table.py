"""Rows as they came, and as a model wants them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from kedge.endpoint.host.model.refused import Refused

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length, with the names of their fields where these were sent.

    Of CSV everything is a text; where values are ``typed``, as in JSON, a text stays one even if it could be a number.
    """

    rows: list[list[Any]] | NDArray[np.float64]
    names: list[str] | None = None
    typed: bool = False

    def of(self, names: Sequence[str] | None, width: int | None = None) -> Table:
        """Return the fields that a model has, in its order.

        Raises
        ------
        Refused
            One is missing, or there are more or fewer.
        """
        if names and self.names and list(names) != self.names:
            places = {name: place for place, name in enumerate(self.names)}
            if missing := [name for name in names if name not in places]:
                raise Refused(400, f"{missing[0]}: The model has this feature, and the request does not.")
            chosen = [places[name] for name in names]
            return replace(self, rows=[[row[place] for place in chosen] for row in self.rows], names=list(names))
        width = len(names) if names else width
        if width is not None and len(self.rows[0]) != width:
            raise Refused(400, f"The model has {width} features, and a row of the request {len(self.rows[0])} fields.")
        return replace(self, names=list(names) if names else self.names)

    def array(self) -> NDArray[Any]:
        """Return the rows as numbers, or where they are not all numbers as they are."""
        if not (self.typed and any(isinstance(cell, str) for row in self.rows for cell in row)):
            with suppress(TypeError, ValueError):
                return np.array(self.rows, np.float64)
        return np.array(self.rows, object)

    def numbers(self) -> NDArray[np.float64]:
        """Return the rows as numbers.

        Raises
        ------
        Refused
            A value is none.
        """
        try:
            return np.array(self.rows, np.float64)
        except (TypeError, ValueError):
            place = next((i, j) for i, row in enumerate(self.rows) for j, cell in enumerate(row) if not _number(cell))
            name = self.names[place[1]] if self.names else f"field {place[1] + 1}"
            said = str(self.rows[place[0]][place[1]])[:40]
            raise Refused(400, f"row {place[0] + 1}, {name}: The model takes numbers, and this is {said!r}.") from None

    def frame(self) -> Any:
        """Return a frame of pandas where that is installed and the fields have names, else an array."""
        if self.names is None or find_spec("pandas") is None:
            return self.array()
        import pandas

        found = self.array()
        if found.dtype != object:
            return pandas.DataFrame(found, columns=self.names)
        columns = {name: replace(self, rows=[[row[i]] for row in self.rows]) for i, name in enumerate(self.names)}
        return pandas.DataFrame({name: column.array()[:, 0] for name, column in columns.items()})


def _number(cell: Any) -> bool:
    try:
        float(np.nan if cell is None else cell)
    except (TypeError, ValueError):
        return False
    return True
