"""What one capture record says, as rows: the reference that the SQL of ``capture.py`` is held against.

SQL reads what is ordinary, this reads the rest, or says why it cannot be read (data-capture.md, 1.6).
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kedge.errors import InputError, MissingDependency, SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kedge.domain.capture_record import CaptureRecord, Payload
    from kedge.domain.dataset import Dataset, Expectation

    Scalar = str | int | float | bool | None
    Row = list[Scalar] | dict[str, Scalar]

INPUT_ROWS = ("instances", "inputs", "dataframe_split", "dataframe_records")
REQUEST = "captureData.endpointInput.data"
OUTPUT_ROWS = ("predictions", "outputs")


@dataclass(frozen=True, slots=True)
class Layout:
    """How the fields of a payload become named columns.

    Parameters
    ----------
    dataset, expectation
        The settings, and the baseline's names.
    fields
        How many fields the request and the response of a CSV record have together; a row with another number is
        broken. None takes any.
    """

    dataset: Dataset
    expectation: Expectation
    fields: int | None = None

    def __post_init__(self) -> None:
        for option, path in (("--input-rows", self.dataset.input_rows), ("--output-rows", self.dataset.output_rows)):
            if path is not None:
                _compiled(path, option)

    def positions(self, inputs: int, outputs: int) -> tuple[list[str], bool]:
        """Name ``outputs + inputs`` fields that have no names, and say whether the outputs take part.

        The prediction stands first, or last where the dataset says so. Where the request alone has exactly the
        baseline's columns, the baseline was made from the features only: the prediction is left out. A side that
        was captured alone takes the names at its own end. The service always counts from the first name
        (``expectation.shift``).
        """
        if self.expectation.indexed:
            return [*map(str, range(outputs)), *self._asked(inputs)], True
        known = self.expectation.names
        both = not (known and outputs and inputs == len(known) and not self.expectation.shift)
        width = inputs + outputs if both else inputs
        if self._stands_last(inputs, outputs) and width < len(known):
            known = known[-width:]
        return [known[i] if i < len(known) else f"_c{i}" for i in range(width)], both

    @property
    def answers_first(self) -> bool:
        """Whether the columns of the response stand before those of the request."""
        return self.expectation.indexed or self.dataset.output_columns_position == "START"

    def _asked(self, fields: int) -> list[str]:
        """Name the fields of a request for themselves."""
        known = self.expectation.names
        return list(known) if len(known) == fields else [f"_c{i}" for i in range(fields)]

    def note(self, inputs: int, outputs: int) -> str | None:
        """Return what one should know of how such fields got their names."""
        if not self.positions(inputs, outputs)[1]:
            return "The request alone has the baseline's columns, so the prediction was left out."
        alone = not (inputs and outputs) and inputs + outputs < len(self.expectation.names)
        if self.expectation.shift or self.expectation.indexed or not alone:
            return None
        side, end = "request" if inputs else "response", "last" if self._stands_last(inputs, outputs) else "first"
        return f"The {side} alone was captured, so it takes the {end} of the baseline's names."

    def _stands_last(self, inputs: int, outputs: int) -> bool:
        """Return whether one side was captured alone, and is the one whose columns stand last in the baseline."""
        last, other = (inputs, outputs) if self.dataset.output_columns_position == "START" else (outputs, inputs)
        return last > 0 and other == 0 and not self.expectation.shift

    def widths(self, record: CaptureRecord) -> tuple[int, int] | None:
        """Return how many fields request and response have in the first row, where it is but a list of them."""
        try:
            asked, told = next(iter(self._rows(record)), ({}, []))
        except InputError:
            return None
        return (len(asked), len(told)) if isinstance(asked, list) and isinstance(told, list) else None

    def rows(self, record: CaptureRecord) -> list[dict[str, Scalar]]:
        """Return the rows of a record, name to value.

        Raises
        ------
        InputError
            The record cannot be read as rows; ``field`` names the side.
        """
        rows = self._rows(record)
        if self.fields is not None:
            _fit(rows, self.fields)
        return [self._row(*row) for row in rows]

    def _rows(self, record: CaptureRecord) -> list[tuple[Row, Row]]:
        """Return request and response, row by row."""
        _agree(record)
        delimiter, vector = self.dataset.delimiter, self.expectation.vector
        asked = _side(record.input, "endpointInput", delimiter, INPUT_ROWS, self.dataset.input_rows, vector)
        told = _side(record.output, "endpointOutput", delimiter, OUTPUT_ROWS, self.dataset.output_rows, vector)
        if told is not None and asked is not None:
            told = paired(asked, told)
        if asked is None:
            return [([], row) for row in told or []]
        return [(row, told[k] if told else []) for k, row in enumerate(asked)]

    def _row(self, asked: Row, told: Row) -> dict[str, Scalar]:
        if isinstance(asked, list) and isinstance(told, list):
            names, both = self.positions(len(asked), len(told))
            told = told if both else []
            return dict(zip(names, [*told, *asked] if self.answers_first else [*asked, *told], strict=True))
        if isinstance(asked, list):
            asked = self._named(asked, told)
        if isinstance(told, list):
            told = self._answer(told, asked)
        # A name on both sides is the response's, where it says anything.
        return asked | {name: value for name, value in told.items() if value not in (None, "") or name not in asked}

    def _named(self, asked: list[Scalar], told: Row) -> dict[str, Scalar]:
        if self.expectation.indexed:
            return dict(zip(self._asked(len(asked)), asked, strict=True))
        names = [name for name in self.expectation.names if name not in told]
        return {names[i] if i < len(names) else f"_c{i}": value for i, value in enumerate(asked)}

    def _answer(self, told: list[Scalar], asked: dict[str, Scalar]) -> dict[str, Scalar]:
        if self.expectation.indexed:
            return {str(i): value for i, value in enumerate(told)}
        free = [name for name in self.expectation.names if name not in asked]
        names = free if len(free) == len(told) else ["prediction"]
        if len(told) > len(names):
            names = [f"prediction.{i}" for i in range(len(told))]
        return dict(zip(names, told, strict=False))


def _fit(rows: Iterable[tuple[Row, Row]], fields: int) -> None:
    for asked, told in rows:
        if isinstance(asked, list) and isinstance(told, list) and (found := len(asked) + len(told)) != fields:
            noun = "field" if found == 1 else "fields"
            raise InputError(
                f"The row has {found} {noun}, request and response together; others have {fields}.", field=REQUEST
            )


def _agree(record: CaptureRecord) -> None:
    sides = [("endpointInput", record.input), ("endpointOutput", record.output)]
    there = [(name, payload) for name, payload in sides if payload is not None]
    if not there:
        raise InputError("Neither a request nor a response was captured.", field="captureData")
    encodings = {payload.encoding for _, payload in there}
    if len(encodings) > 1:
        told = ", but ".join(f"Encoding is {payload.encoding} for {name}" for name, payload in there)
        raise InputError(
            f"Encoding mismatch: {told}. The encodings of request and response must agree.",
            field="captureData.endpointOutput.encoding",
            next_step="List both content types in the capture settings.",
        )
    if "BASE64" in encodings:
        raise InputError(
            "The payload is BASE64, so its content type was in neither list of the capture settings.",
            field="captureData.endpointInput.encoding",
            next_step="List its content type as CSV or JSON.",
        )


def _side(
    payload: Payload | None,
    name: str,
    delimiter: str,
    keys: Sequence[str],
    path: str | None,
    vector: str | None = None,
) -> list[Row] | None:
    if payload is None:
        return None
    field = f"captureData.{name}.data"
    if payload.encoding == "CSV":
        return list(csv_rows(payload.data, delimiter, field))
    if payload.encoding == "JSON":
        values = documents(payload.data, field)
        return [row for value in values for row in json_rows(value, keys, path, field, vector)]
    raise InputError(f"The encoding {payload.encoding!r} is not known.", field=f"captureData.{name}.encoding")


def csv_rows(data: str, delimiter: str, field: str) -> list[list[Scalar]]:
    """Return the rows of a CSV payload."""
    try:
        reader = csv.reader(io.StringIO(data.rstrip("\r\n"), newline=""), delimiter=delimiter, strict=True)
        return [list(row) for row in reader if row]
    except csv.Error as error:
        raise InputError(f"The CSV payload is broken ({error}).", field=field) from None


def documents(data: str, field: str) -> list[Any]:
    """Return the JSON values of a payload: one, or one a line."""
    try:
        return [json.loads(data)]
    except RecursionError:
        raise InputError("The JSON payload is nested too deeply.", field=field) from None
    except ValueError as error:
        lines = [line for line in data.splitlines() if line.strip()]
        try:
            return [json.loads(line) for line in lines] if len(lines) > 1 else _refuse(error, field)
        except ValueError as deeper:
            return _refuse(deeper, field)


def _refuse(error: Exception, field: str) -> list[Any]:
    raise InputError(f"The payload is not JSON ({error}).", field=field) from None


def json_rows(
    value: Any, keys: Sequence[str], path: str | None = None, field: str | None = None, vector: str | None = None
) -> list[Row]:
    """Return the rows that a JSON value holds.

    A list of rows is looked for at ``path`` (JMESPath), under one of ``keys``, or in the value itself; an
    object that holds none is one row.
    """
    rows = _rows_at(path, value, field) if path else list_of_rows(value, keys)
    return [_row(row, vector) for row in rows]


def list_of_rows(value: Any, keys: Sequence[str]) -> list[Any]:
    """Return the list of rows in a value, under one of ``keys`` or itself; else the value alone."""
    for key in keys if isinstance(value, dict) else ():
        held = value.get(key)
        if isinstance(held, list):
            return held
        if key == "dataframe_split" and isinstance(held, dict):
            return _split(held.get("columns"), held.get("data"))
    return value if isinstance(value, list) else [value]


def _split(columns: Any, data: Any) -> list[Any]:
    """Return rows as objects, or as they are where no columns are named."""
    rows: list[Any] = data if isinstance(data, list) else [data]
    if not all(isinstance(row, list) for row in rows) or not isinstance(columns, list | None):
        raise InputError("The dataframe_split is not an object of two lists, columns and data.", field=REQUEST)
    if not columns:
        return rows
    if wrong := next((row for row in rows if len(row) != len(columns)), None):
        raise InputError(
            f"The dataframe_split has {len(columns)} columns, and a row of {len(wrong)} values.", field=REQUEST
        )
    return [dict(zip(columns, row, strict=True)) for row in rows]


def search(path: str, value: Any) -> Any:
    """Return what a JMESPath finds."""
    return _compiled(path).search(value)


def _rows_at(path: str, value: Any, field: str | None) -> list[Any]:
    try:
        found, why = search(path, value), ""
    except ValueError as error:
        found, why = None, f" ({error})"
    if found is None:
        raise InputError(f"The JMESPath {path!r} finds no rows in the payload{why}.", field=field)
    return found if isinstance(found, list) else [found]


def _compiled(path: str, option: str | None = None) -> Any:
    try:
        import jmespath
    except ImportError:
        raise MissingDependency("jmespath", "A JMESPath setting", "jmespath") from None
    try:
        return jmespath.compile(path)  # which remembers
    except ValueError as error:
        raise SettingError(
            f"This is not a JMESPath: {str(error).splitlines()[0].removesuffix(', for expression:').rstrip('.:')}.",
            field=option,
            next_step="Write one like items[].features; jmespath.org describes them.",
        ) from None


def _row(value: Any, vector: str | None = None) -> Row:
    if isinstance(value, dict):
        return flatten(value, vector=vector)
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return value
    if isinstance(value, list):
        return list(flatten(dict(enumerate(value))).values())
    return [value]


def flatten(value: dict[Any, Any], prefix: str = "", vector: str | None = None) -> dict[str, Any]:
    """Flatten nested objects and arrays to dotted names; a list of the name ``vector`` stays one.

    >>> flatten({"user": {"age": 41, "tags": ["a", "b"]}})
    {'user.age': 41, 'user.tags.0': 'a', 'user.tags.1': 'b'}
    """
    flat: dict[str, Any] = {}
    for key, item in value.items():
        if isinstance(item, list) and f"{prefix}{key}" != vector:
            item = dict(enumerate(item))
        flat |= flatten(item, f"{prefix}{key}.", vector) if isinstance(item, dict) else {f"{prefix}{key}": item}
    return flat


def paired(asked: list[Row], told: list[Row]) -> list[Row]:
    """Return one row of the response for each of the request; single values to one row are one row of them."""
    if len(asked) == len(told):
        return told
    if len(asked) == 1 and all(isinstance(row, list) and len(row) == 1 for row in told):
        return [[row[0] for row in told if isinstance(row, list)]]
    raise InputError(
        f"The request has {len(asked)} rows and the response {len(told)}.",
        field="captureData.endpointOutput.data",
        next_step="A response needs one row for each row of its request.",
    )
