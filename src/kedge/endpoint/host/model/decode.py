"""A body to rows: CSV, JSON, JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np

from kedge.endpoint.host.model.media import CSV, JSON, JSON_LINES, plain
from kedge.endpoint.host.model.refused import Refused
from kedge.endpoint.host.model.table import Table

_LARGE: Final = 1 << 16  # characters; below that numpy takes longer to begin than the reader to end
_LISTS: Final = ("instances", "inputs", "dataframe_records", "data")


def decode(body: bytes, content_type: str, names: Sequence[str] | None = None) -> Table:
    """Return the rows of a body; CSV may begin with the names, if they are those of the model.

    Raises
    ------
    Refused
        The type is another (415), or the body cannot be read (400).
    """
    reader = _READERS.get(plain(content_type))
    if reader is None:
        told = f"the content type {plain(content_type)!r}" if content_type else "a body without a content type"
        raise Refused(415, f"The model takes {', '.join(_READERS)}, and this is {told}.")
    return reader(text(body), names)


def text(body: bytes) -> str:
    """Return the text of a body."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(400, f"line {body[: error.start].count(10) + 1}: The text is not UTF-8.") from None


def _csv(body: str, names: Sequence[str] | None) -> Table:
    if len(body) > _LARGE:
        with suppress(ValueError):  # what is not all numbers, or broken, is looked at line by line
            return Table(np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2, comments=None))
    reader = csv.reader(io.StringIO(body, newline=""), strict=True)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row and rows and len(row) != len(rows[0]):
                told = f"The row has {len(row)} fields, and the first one {len(rows[0])}."
                raise Refused(400, f"line {reader.line_num}: {told}")
            if row:
                rows.append(row)
    except csv.Error as error:
        raise Refused(400, f"line {reader.line_num}: This is not CSV ({error}).") from None
    head = [cell.strip() for cell in rows[0]] if rows else []
    if names and set(head) >= set(names):
        return Table([_cells(row) for row in _some(rows[1:])], head)
    return Table([_cells(row) for row in _some(rows)])


def _cells(row: list[str]) -> list[Any]:
    """Return the cells, those that are empty as missing."""
    return [cell if cell.strip() else None for cell in row]


def _json(body: str, _: Sequence[str] | None) -> Table:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"The body is not JSON ({error}).") from None
    if isinstance(value, dict):
        split = value.get("dataframe_split", value)
        if isinstance(split, dict) and isinstance(split.get("columns"), list) and isinstance(split.get("data"), list):
            return _table(split["data"], split["columns"])
        value = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), [value])
    if not isinstance(value, list):
        raise Refused(400, f"The body is {_what(value)}, and no rows.")
    return _table(value if not value or isinstance(value[0], list | dict) else [value])


def _json_lines(body: str, _: Sequence[str] | None) -> Table:
    values = []
    for number, line in enumerate(body.splitlines(), 1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise Refused(400, f"line {number}: This is not JSON ({error}).") from None
    return _table(values, unit="line")


def _table(values: list[Any], names: list[str] | None = None, unit: str = "row") -> Table:
    """Return rows of objects or of lists; an object may hold its list under ``features``."""
    rows = [value["features"] if isinstance(value, dict) and "features" in value else value for value in _some(values)]
    keys = list(rows[0]) if names is None and isinstance(rows[0], dict) else None
    cells = [_row(value, keys, f"{unit} {number}") for number, value in enumerate(rows, 1)]
    names = names or keys
    for number, row in enumerate(cells, 1):
        if len(row) != len(names or cells[0]):
            told = f"It has {len(row)} values, and there should be {len(names or cells[0])}."
            raise Refused(400, f"{unit} {number}: {told}")
    return Table(cells, names, typed=True)


def _row(value: Any, keys: list[str] | None, where: str) -> list[Any]:
    """Return the values of a row, an object with these keys or where there are none a list."""
    if keys is None and isinstance(value, list):
        return value
    if keys is None or not isinstance(value, dict):
        raise Refused(400, f"{where}: It is {_what(value)}, and the rows are {'objects' if keys else 'lists'}.")
    if value.keys() != set(keys):
        odd = next(name for name in [*keys, *value] if (name in value) != (name in keys))
        told = "is missing here." if odd in keys else "is here, and in no other row."
        raise Refused(400, f"{where}, {odd}: The value {told}")
    return [value[key] for key in keys]


def _some(rows: list[Any]) -> list[Any]:
    if not rows:
        raise Refused(400, "The body holds no rows.")
    return rows


def _what(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


_READERS: Final[Mapping[str, Callable[[str, Sequence[str] | None], Table]]] = {
    CSV: _csv,
    JSON: _json,
    JSON_LINES: _json_lines,
}
