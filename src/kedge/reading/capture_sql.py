"""The SQL of capture records: both payloads of every ordinary record, cut into fields.

Every function returns what may stand behind ``FROM``: the columns ``asked`` and ``told`` (lists of texts), ``labels``
(a list of the row's one label) of merged records and, where these have several rows, ``row_key``, ``ordinary``, and
``usual`` (ordinary, and every field of the kind that the sample shows). Rows that are not ordinary are for Python to
read, as ``Records.whole``, the whole as JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.domain.window import format_time
from kedge.domain.wire import (
    BATCH_TRANSFORM_OUTPUT,
    CAPTURE_DATA,
    ENDPOINT_INPUT,
    ENDPOINT_OUTPUT,
    EVENT_METADATA,
    GROUND_TRUTH_DATA,
)
from kedge.reading import labels
from kedge.reading.lines import LINE_LIMIT
from kedge.reading.reader import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kedge.domain.dataset import Dataset
    from kedge.reading.files import Group
    from kedge.reading.json_paths import Shape
    from kedge.reading.usual import Usual

SIDE = "STRUCT(data VARCHAR, encoding VARCHAR)"
ENDS = "chr(13) || chr(10)"
EVENT = f"{EVENT_METADATA}.eventId"


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a group, and what the sample shows of them beside requests and responses.

    Parameters
    ----------
    labelled
        Whether they are merged with ground truth.
    batch
        Whether responses are those of a batch transform.
    """

    group: Group
    dataset: Dataset
    labelled: bool = False
    batch: bool = False

    @property
    def kept(self) -> str:
        """The columns of which the whole is made, where a record is odd."""
        return ", ".join(["filename", *self._columns])

    @property
    def whole(self) -> str:
        """A record as JSON, and its file."""
        columns = ", ".join(f"'{name}', {name}" for name in self._columns)
        return f"json_object('file', filename, {columns})"

    @property
    def _columns(self) -> dict[str, str]:
        sides = [ENDPOINT_INPUT, ENDPOINT_OUTPUT, *([BATCH_TRANSFORM_OUTPUT] if self.batch else ())]
        truth = {GROUND_TRUTH_DATA: SIDE} if self.labelled else {}
        return {
            CAPTURE_DATA: f"STRUCT({', '.join(f'{side} {SIDE}' for side in sides)})",
            EVENT_METADATA: "STRUCT(eventId VARCHAR, inferenceTime VARCHAR)",
            **truth,
        }

    def read(self) -> str:
        """Return both payloads of every record of the window, and its labels."""
        columns = ", ".join(f"{name}: '{type}'" for name, type in self._columns.items())
        read = (
            f"read_json({listed(self.group.paths)}, format='newline_delimited', columns={{{columns}}},"
            f" ignore_errors=true, filename=true, maximum_object_size={LINE_LIMIT})"
        )
        values = [
            f"{self._value(name, field)} AS {side}_{field}"
            for side, name in (("asked", ENDPOINT_INPUT), ("told", ENDPOINT_OUTPUT))
            for field in ("data", "encoding")
        ]
        text = _trimmed(f"{GROUND_TRUTH_DATA}.data")
        found = labels.plain(f"({text})", f"{GROUND_TRUTH_DATA}.encoding", self.dataset)
        values += [f"{found} AS labels"] if self.labelled else []
        return f"(SELECT {', '.join(values)}, {self.kept} FROM {read}{_inside(self.dataset)})"

    def _value(self, name: str, field: str) -> str:
        value = f"{CAPTURE_DATA}.{name}.{field}"
        if name == ENDPOINT_INPUT or not self.batch:
            return value
        batch = f"{CAPTURE_DATA}.{BATCH_TRANSFORM_OUTPUT}.{field}"
        return f"CASE WHEN {CAPTURE_DATA}.{name} IS NULL THEN {batch} ELSE {value} END"

    def label_fits(self, rows: str) -> list[str]:
        """Return the test that there are as many labels as rows, where there are any."""
        return [f"({GROUND_TRUTH_DATA} IS NULL OR len(labels) = {rows})"] if self.labelled else []


def csv_rows(
    records: Records,
    inputs: int,
    outputs: int,
    usual: Mapping[str, Usual | None],
    *,
    several: bool,
) -> str:
    """Return records of ``inputs`` and ``outputs`` CSV fields a row, of one row each or of ``several``."""
    delimiter = quoted(records.dataset.delimiter)
    sides = (("asked", inputs), ("told", outputs))
    trimmed = ", ".join(f"{_trimmed(f'{side}_data')} AS {side}_text" for side, _ in sides)
    lines = f"(SELECT *, {trimmed} FROM {records.read()})"
    if several:
        return _several(records, lines, delimiter, sides)
    split = ", ".join(f"string_split({side}_text, {delimiter}) AS {side}" for side, _ in sides)
    plain = [test for side, width in sides for test in _plain(side, width, f"len({side}) = {width}", "chr(10)")]
    fits = records.label_fits("1")
    judged = f"SELECT *, {_usual(usual, 'CSV', 'text', fits)} AS usual FROM (SELECT *, {split} FROM {lines})"
    return f"(SELECT *, {_ordinary([*plain, *fits])} AS ordinary FROM ({judged}))"


def _trimmed(text: str) -> str:
    """Take line breaks off the end: trimming costs four times as much as splitting, so only where there are some."""
    ends = " OR ".join(f"suffix({text}, {end})" for end in ("chr(10)", "chr(13)"))
    return f"CASE WHEN {ends} THEN rtrim({text}, {ENDS}) ELSE {text} END"


def _usual(sides: Mapping[str, Usual | None], encoding: str, text: str, fits: list[str]) -> str:
    """Return a test that both sides look as they usually do; a side that is not captured is absent."""
    tests = (
        f"{side}_encoding = '{encoding}' AND {usual.test(f'{side}_{text}')}" if usual else f"{side}_data IS NULL"
        for side, usual in sides.items()
    )
    return f"coalesce({' AND '.join([*tests, *fits])}, false)"


def _ordinary(plain: Iterable[str]) -> str:
    return f"CASE WHEN usual THEN true ELSE coalesce({' AND '.join(plain)}, false) END"


def _several(records: Records, lines: str, delimiter: str, sides: tuple[tuple[str, int], ...]) -> str:
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
    longest = "greatest(coalesce(len(asked_lines), 1), coalesce(len(told_lines), 1))"
    plain += records.label_fits(longest)
    judged = f"SELECT *, coalesce({' AND '.join(plain)}, false) AS ordinary FROM (SELECT *, {split} FROM {lines})"
    rows = f"SELECT *, unnest(range(1, CASE WHEN ordinary THEN {longest} + 1 ELSE 2 END)) AS k FROM ({judged})"
    cut = ", ".join(f"string_split({side}_lines[k], {delimiter}) AS {side}" for side, _ in sides)
    if records.labelled:
        cut += f", [labels[k]] AS labels, CASE WHEN {longest} > 1 THEN {EVENT} || '/' || k ELSE {EVENT} END AS row_key"
    return f"(SELECT {records.kept}, ordinary, false AS usual, {cut} FROM ({rows}))"


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


def json_rows(records: Records, shapes: Mapping[str, Shape | None], usual: Mapping[str, Usual | None]) -> str:
    """Return records whose payloads are one JSON object each, of the given shapes."""
    sides = shapes.items()
    plain = (
        f"{side}_encoding = 'JSON' AND {shape.ordinary(f'{side}_data')}" if shape else f"{side}_data IS NULL"
        for side, shape in sides
    )
    fits = records.label_fits("1")
    known = f"SELECT *, {_usual(usual, 'JSON', 'data', fits)} AS usual FROM {records.read()}"
    judged = f"SELECT *, {_ordinary([*plain, *fits])} AS ordinary FROM ({known})"
    values = ", ".join(
        f"CASE WHEN ordinary THEN {shape.values(f'{side}_data')} END AS {side}" for side, shape in sides if shape
    )
    values += ", labels" if records.labelled else ""
    return f"(SELECT {records.kept}, ordinary, usual, {values} FROM ({judged}))"


def odd_rows(records: Records) -> str:
    """Return records none of which is ordinary."""
    return f"(SELECT *, false AS ordinary, false AS usual FROM {records.read()})"


def _inside(dataset: Dataset) -> str:
    """Keep the window's records, and those without a readable time, for Python to complain of."""
    if dataset.window is None:
        return ""
    time = f"TRY_CAST({EVENT_METADATA}.inferenceTime AS TIMESTAMPTZ)"
    start, end = (f"TIMESTAMPTZ {quoted(format_time(t))}" for t in (dataset.window.start, dataset.window.end))
    return f" WHERE coalesce({time} >= {start} AND {time} < {end}, true)"
