"""The labels of one record: ``labels`` is the reference, :func:`plain` the SQL of what is ordinary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kedge.domain.wire import GROUND_TRUTH_DATA
from kedge.errors import InputError, SettingError, did_you_mean
from kedge.reading.payload import INPUT_ROWS, OUTPUT_ROWS, csv_rows, documents, list_of_rows, search
from kedge.reading.reader import quoted
from kedge.reading.usual import JSON_TEXT, JSON_WHOLE

if TYPE_CHECKING:
    from kedge.domain.capture_record import CaptureRecord, Payload
    from kedge.domain.dataset import Dataset
    from kedge.reading.payload import Scalar

DATA = f"{GROUND_TRUTH_DATA}.data"
NAME = re.compile(r"\w+")
# A label alone, or in an object of one key; all else is for Python to read.
JSON_LABEL = rf"(?:{JSON_WHOLE}(?:\.\d{{1,9}})?|true|false|{JSON_TEXT})"
JSON_LABELS = rf"{JSON_LABEL}|\{{ ?{JSON_TEXT} ?: ?{JSON_LABEL} ?\}}"


def labels(payload: Payload, rows: int, dataset: Dataset) -> list[Scalar]:
    """Return the label of each row of a record.

    CSV holds them side by side or one a line. JSON holds one, a list, or objects: of these the key that the dataset
    names, else the only one.

    Raises
    ------
    InputError
        They cannot be read, or are not as many as there are rows.
    """
    found = _csv(payload, dataset.delimiter) if payload.encoding == "CSV" else _json(payload, dataset.label)
    if len(found) != rows:
        raise InputError(
            f"There {'is 1 label' if len(found) == 1 else f'are {len(found)} labels'} for"
            f" {'1 row' if rows == 1 else f'{rows} rows'}.",
            field=DATA,
            next_step="Give one label for each row of the request, in one record.",
        )
    return found


def _csv(payload: Payload, delimiter: str) -> list[Scalar]:
    return [label for row in csv_rows(payload.data, delimiter, DATA) for label in row] or [""]


def _json(payload: Payload, name: str | None) -> list[Scalar]:
    if payload.encoding != "JSON":
        raise InputError(
            f"The encoding {payload.encoding!r} is not known.",
            field=f"{GROUND_TRUTH_DATA}.encoding",
            next_step="Write labels as CSV or JSON.",
        )
    found = ((value, _at(name, value)) for value in documents(payload.data, DATA))
    return [label for value, at in found for label in _found(value if at is None else at, name)]


def _at(path: str | None, value: Any) -> Any:
    """Return what lies where a path leads; None where the name is but a key."""
    if path is None or NAME.fullmatch(path) or (isinstance(value, dict) and path in value):
        return None
    try:
        return search(path, value)
    except (SettingError, ValueError):  # a column's name with odd characters, or not for this value
        return None


def _found(value: Any, name: str | None) -> list[Scalar]:
    """Return the labels of a JSON value: under the name, in its rows, or under its only key."""
    if isinstance(value, list):
        return [label for item in value for label in _found(item, name)]
    if not isinstance(value, dict):
        return [value]
    if name in value:
        return _found(value[name], None)
    rows = list_of_rows(value, (*INPUT_ROWS, *OUTPUT_ROWS))
    return _found(_only(value, name) if rows == [value] else rows, name)


def _only(value: dict[str, Any], name: str | None) -> Any:
    if len(value) == 1:
        return next(iter(value.values()))
    keys = ", ".join(map(repr, value)) or "none"
    wanted = f"The label has no key {name!r}; it has {keys}." if name else f"The label has several keys: {keys}."
    raise InputError(f"{wanted}{did_you_mean(name or '', value)}", field=DATA, next_step="Name the one with --label.")


def labelled(rows: list[dict[str, Scalar]], record: CaptureRecord, dataset: Dataset) -> list[dict[str, Scalar]]:
    """Return the rows of a record with their labels, where it has any."""
    if record.label is None:
        return rows
    found = labels(record.label, len(rows), dataset)
    return [row | {GROUND_TRUTH_DATA: label} for row, label in zip(rows, found, strict=True)]


def plain(text: str, encoding: str, dataset: Dataset) -> str:
    """Return SQL that yields the labels of a trimmed text as a list; NULL for what is for Python to read."""
    odd = (f"contains({text}, '\"')", f"contains({text}, chr(13))", f"contains({text}, chr(10) || chr(10))")
    csv = f"{encoding} = 'CSV' AND NOT ({' OR '.join(odd)} OR prefix({text}, chr(10)))"
    split = f"string_split(replace({text}, chr(10), {quoted(dataset.delimiter)}), {quoted(dataset.delimiter)})"
    if dataset.label and not NAME.fullmatch(dataset.label):
        return f"CASE WHEN {csv} THEN {split} END"
    json = f"{encoding} = 'JSON' AND regexp_full_match({text}, {quoted(JSON_LABELS)})"
    alone = f"[json_extract_string({text}, '$')]"
    value = f"CASE WHEN prefix({text}, '{{') THEN json_extract_string({text}, '$.*') ELSE {alone} END"
    return f"CASE WHEN {csv} THEN {split} WHEN {json} THEN {value} END"
