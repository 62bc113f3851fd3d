"""JSON Lines files: one object a line, nested ones flattened to dotted names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge.analysis.report import Unreadable
from kedge.errors import InputError
from kedge.reading.columns import Field, Relation
from kedge.reading.json_paths import Shape
from kedge.reading.lines import LINE_LIMIT, bounded, lines, offence
from kedge.reading.packed import head
from kedge.reading.payload import flatten
from kedge.reading.reader import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kedge.reading.files import Group

SAMPLE_LINES = 1000


class JsonLines:
    """The JSON Lines files of one group."""

    notes: tuple[str, ...] = ()

    def __init__(self, group: Group, vector: str | None = None) -> None:
        self._group, self._vector = group, vector
        for file in group.files:
            bounded(file)
        shape = Shape.of(_sample(group), vector)
        read = (
            f"read_json({listed(group.paths)}, format='newline_delimited', records=false, columns={{json: 'JSON'}},"
            f" ignore_errors=true, filename=true, maximum_object_size={LINE_LIMIT})"
        )
        if not shape.speakable:
            shape = Shape.of(())  # every line is odd then, and goes through Python
        ordinary = shape.ordinary("json::VARCHAR") if shape.leaves else "false"
        judged = f"SELECT json, filename, coalesce({ordinary}, false) AS ordinary FROM {read}"
        leaves = f"CASE WHEN ordinary THEN {shape.values('json')} END AS leaves"
        self.relation = Relation(
            f"(SELECT *, {leaves} FROM ({judged}))",
            tuple(Field(name, f"leaves[{i}]") for i, name in enumerate(shape.leaves, 1)),
            odd="CASE WHEN NOT ordinary THEN json_object('file', filename, 'text', json::VARCHAR) END",
            seed=Path(group.paths[0]).name,
        )

    def rows(self, odd: str) -> list[dict[str, Any]]:
        """Return the one row of an odd line."""
        text = json.loads(odd)["text"]
        try:
            value = json.loads(text or "")
        except (ValueError, RecursionError):
            raise InputError("The line is not JSON.") from None
        if not isinstance(value, dict):
            raise InputError("The line is not a JSON object.")
        return [flatten(value, vector=self._vector)]

    def unreadable(self, refused: Iterable[tuple[str, str]], limit: int) -> tuple[int, list[Unreadable]]:
        """Count and explain the lines that are no JSON objects."""
        return counted(self._unreadable(refused), limit)

    def _unreadable(self, refused: Iterable[tuple[str, str]]) -> Iterator[Unreadable]:
        for path in dict.fromkeys(json.loads(odd)["file"] for odd, _ in refused):
            for number, line in lines(Path(path)):
                if reason := _wrong(line):
                    yield Unreadable(file=self._group.url(path), line=number, reason=reason)


def _sample(group: Group) -> Iterator[dict[str, Any]]:
    for path in dict.fromkeys((group.paths[0], group.paths[len(group.paths) // 2], group.paths[-1])):
        for line in head(Path(path)).splitlines()[:SAMPLE_LINES]:
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                yield value


def _wrong(line: bytes) -> str | None:
    if len(line) > LINE_LIMIT:
        return f"The line is longer than {LINE_LIMIT >> 20} MB."
    try:
        value = json.loads(line.strip())
    except UnicodeDecodeError as error:
        return f"The text is not UTF-8 (byte {error.start + 1} of the line)."
    except (ValueError, RecursionError) as error:
        return f"The line is not JSON ({error})."
    return offence(line, value) if isinstance(value, dict) else "The line is not a JSON object."
