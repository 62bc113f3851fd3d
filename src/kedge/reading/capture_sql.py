"""The SQL of capture records: both payloads of every ordinary record, cut into fields.

Every function returns what may stand behind ``FROM``: the columns ``asked`` and ``told`` (lists of texts),
``ordinary``, and ``usual`` (ordinary, and every field of the kind that the sample shows). Rows that are not ordinary
are for Python to read, as ``RECORD``, the whole as JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.domain.window import format_time
from kedge.domain.wire import CAPTURE_DATA, ENDPOINT_INPUT, ENDPOINT_OUTPUT, EVENT_METADATA
from kedge.reading.lines import LINE_LIMIT
from kedge.reading.reader import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.dataset import Dataset
    from kedge.reading.files import Group
    from kedge.reading.json_paths import Shape
    from kedge.reading.usual import Usual

SIDE = "STRUCT(data VARCHAR, encoding VARCHAR)"
COLUMNS = (
    f"{{{CAPTURE_DATA}: 'STRUCT({ENDPOINT_INPUT} {SIDE}, {ENDPOINT_OUTPUT} {SIDE})',"
    f" {EVENT_METADATA}: 'STRUCT(eventId VARCHAR, inferenceTime VARCHAR)'}}"
)
RECORD = f"json_object('file', filename, '{CAPTURE_DATA}', {CAPTURE_DATA}, '{EVENT_METADATA}', {EVENT_METADATA})"
KEPT = f"filename, {CAPTURE_DATA}, {EVENT_METADATA}"  # of which RECORD is made, where a record is odd
ENDS = "chr(13) || chr(10)"


def csv_rows(
    group: Group,
    dataset: Dataset,
    inputs: int,
    outputs: int,
    usual: Mapping[str, Usual | None],
    *,
    several: bool,
) -> str:
    """Return records of ``inputs`` and ``outputs`` CSV fields a row, of one row each or of ``several``."""
    delimiter = quoted(dataset.delimiter)
    sides = (("asked", inputs), ("told", outputs))
    trimmed = ", ".join(f"{_trimmed(f'{side}_data')} AS {side}_text" for side, _ in sides)
    lines = f"(SELECT *, {trimmed} FROM {_records(group, dataset)})"
    if several:
        return _several(lines, delimiter, sides)
    split = ", ".join(f"string_split({side}_text, {delimiter}) AS {side}" for side, _ in sides)
    plain = [test for side, width in sides for test in _plain(side, width, f"len({side}) = {width}", "chr(10)")]
    judged = f"SELECT *, {_usual(usual, 'CSV', 'text')} AS usual FROM (SELECT *, {split} FROM {lines})"
    return f"(SELECT *, {_ordinary(' AND '.join(plain))} AS ordinary FROM ({judged}))"


def _trimmed(text: str) -> str:
    """Take line breaks off the end: trimming costs four times as much as splitting, so only where there are some."""
    ends = " OR ".join(f"suffix({text}, {end})" for end in ("chr(10)", "chr(13)"))
    return f"CASE WHEN {ends} THEN rtrim({text}, {ENDS}) ELSE {text} END"


def _usual(sides: Mapping[str, Usual | None], encoding: str, text: str) -> str:
    """Return a test that both sides look as they usually do; a side that is not captured is absent."""
    tests = (
        f"{side}_encoding = '{encoding}' AND {usual.test(f'{side}_{text}')}" if usual else f"{side}_data IS NULL"
        for side, usual in sides.items()
    )
    return f"coalesce({' AND '.join(tests)}, false)"


def _ordinary(plain: str) -> str:
    return f"CASE WHEN usual THEN true ELSE coalesce({plain}, false) END"


def _several(lines: str, delimiter: str, sides: tuple[tuple[str, int], ...]) -> str:
    split = ", ".join(
        f"string_split(replace({side}_text, {ENDS}, chr(10)), chr(10)) AS {side}_lines" for side, _ in sides
    )
    plain = [
        test
        for side, width in sides
        for test in _plain(
            side,
            width,
            f"len(list_filter({side}_lines, lambda line: len(string_split(line, {delimiter})) <> {width})) = 0"
            f" AND NOT list_contains({side}_lines, '')",
            "chr(0)",
        )
    ]
    if all(width for _, width in sides):
        plain.append("len(asked_lines) = len(told_lines)")
    judged = f"SELECT *, coalesce({' AND '.join(plain)}, false) AS ordinary FROM (SELECT *, {split} FROM {lines})"
    longest = "greatest(coalesce(len(asked_lines), 1), coalesce(len(told_lines), 1))"
    rows = f"SELECT *, unnest(range(1, CASE WHEN ordinary THEN {longest} + 1 ELSE 2 END)) AS k FROM ({judged})"
    cut = ", ".join(f"string_split({side}_lines[k], {delimiter}) AS {side}" for side, _ in sides)
    return f"(SELECT {KEPT}, ordinary, false AS usual, {cut} FROM ({rows}))"


def _plain(side: str, width: int, fits: str, line_break: str) -> list[str]:
    """Return tests that a CSV side has no quotes and no further lines and the right number of fields."""
    if width == 0:
        return [f"{side}_data IS NULL"]
    carriage = f"replace({side}_text, {ENDS}, '')"
    return [
        f"{side}_encoding = 'CSV'",
        f"{side}_text <> ''",
        fits,
        f"NOT contains({side}_text, '\"')",
        f"NOT contains({side}_text, {line_break})",
        f"NOT contains({carriage if line_break == 'chr(0)' else f'{side}_text'}, chr(13))",
    ]


def json_rows(
    group: Group, dataset: Dataset, shapes: Mapping[str, Shape | None], usual: Mapping[str, Usual | None]
) -> str:
    """Return records whose payloads are one JSON object each, of the given shapes."""
    sides = shapes.items()
    plain = " AND ".join(
        f"{side}_encoding = 'JSON' AND {shape.ordinary(f'{side}_data')}" if shape else f"{side}_data IS NULL"
        for side, shape in sides
    )
    known = f"SELECT *, {_usual(usual, 'JSON', 'data')} AS usual FROM {_records(group, dataset)}"
    judged = f"SELECT *, {_ordinary(plain)} AS ordinary FROM ({known})"
    values = ", ".join(
        f"CASE WHEN ordinary THEN {shape.values(f'{side}_data')} END AS {side}" for side, shape in sides if shape
    )
    return f"(SELECT {KEPT}, ordinary, usual, {values} FROM ({judged}))"


def odd_rows(group: Group, dataset: Dataset) -> str:
    """Return records none of which is ordinary."""
    return f"(SELECT *, false AS ordinary, false AS usual FROM {_records(group, dataset)})"


def _records(group: Group, dataset: Dataset) -> str:
    read = (
        f"read_json({listed(group.paths)}, format='newline_delimited', columns={COLUMNS}, ignore_errors=true,"
        f" filename=true, maximum_object_size={LINE_LIMIT})"
    )
    sides = ", ".join(
        f"{CAPTURE_DATA}.{name}.{field} AS {side}_{field}"
        for side, name in (("asked", ENDPOINT_INPUT), ("told", ENDPOINT_OUTPUT))
        for field in ("data", "encoding")
    )
    return f"(SELECT {sides}, {KEPT} FROM {read}{_inside(dataset)})"


def _inside(dataset: Dataset) -> str:
    """Keep the window's records, and those without a readable time, for Python to complain of."""
    if dataset.window is None:
        return ""
    time = f"TRY_CAST({EVENT_METADATA}.inferenceTime AS TIMESTAMPTZ)"
    start, end = (f"TIMESTAMPTZ {quoted(format_time(t))}" for t in (dataset.window.start, dataset.window.end))
    return f" WHERE coalesce({time} >= {start} AND {time} < {end}, true)"
