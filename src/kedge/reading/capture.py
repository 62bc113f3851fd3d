"""Capture records: the ordinary ones in SQL, the rest through ``payload.py`` (data-capture.md, 1.6)."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge.analysis.report import Unreadable
from kedge.domain import wire
from kedge.domain.capture_record import CaptureRecord
from kedge.domain.window import parse_time
from kedge.errors import InputError, SettingError
from kedge.reading.capture_sql import EVENT, Records, csv_rows, json_rows, odd_rows
from kedge.reading.columns import KEY, Field, Relation
from kedge.reading.json_lines import SAMPLE_LINES
from kedge.reading.json_paths import Shape
from kedge.reading.labels import labelled
from kedge.reading.lines import bounded, lines, offence
from kedge.reading.packed import head
from kedge.reading.payload import INPUT_ROWS, OUTPUT_ROWS, Layout, documents
from kedge.reading.reader import counted
from kedge.reading.usual import usual_csv, usual_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kedge.domain.capture_record import Payload
    from kedge.domain.dataset import Dataset, Expectation
    from kedge.reading.files import Group
    from kedge.reading.usual import Usual

_QUOTED = re.compile('"[^"]*"')


class Capture:
    """The capture files of one endpoint variant."""

    def __init__(self, group: Group, dataset: Dataset, expectation: Expectation) -> None:
        self._group, self._dataset = group, dataset
        self._layout = Layout(dataset, expectation)
        self._seed = f"{group.endpoint}/{group.variant}/{Path(group.paths[0]).name}"
        self.notes: tuple[str, ...] = ()
        for file in group.files:
            bounded(file)
        sample = list(_sample(group))
        self._records = Records(
            group, dataset, labelled=any(r.label for r in sample), batch=any(r.batch for r in sample)
        )
        encodings = Counter(p.encoding for r in sample for p in (r.input, r.output) if p)
        ways = {"CSV": self._csv, "JSON": self._json}
        way = ways.get(max(encodings, key=encodings.__getitem__, default=""), self._odd)
        self.relation = way(sample)

    def rows(self, odd: str) -> list[dict[str, Any]]:
        """Return the rows of an odd record; none where it lies outside the window."""
        record = CaptureRecord.from_json(odd)
        if self._dataset.window and not (record.batch and not record.inference_time):
            try:
                time = parse_time(record.inference_time)
            except SettingError as error:
                raise InputError(error.message, field="eventMetadata.inferenceTime") from None
            if time not in self._dataset.window:
                return []
        rows = labelled(self._layout.rows(record), record, self._dataset)
        return (
            [row | {KEY: key(record.event_id, k, len(rows))} for k, row in enumerate(rows, 1)] if record.label else rows
        )

    def unreadable(self, refused: Iterable[tuple[str, str]], limit: int) -> tuple[int, list[Unreadable]]:
        """Count and explain the refused records, found again by their event ids, or by not being a record at all."""
        return counted(self._unreadable(refused), limit)

    def _unreadable(self, refused: Iterable[tuple[str, str]]) -> Iterator[Unreadable]:
        wanted: dict[str, dict[str | None, str]] = {}
        for odd, reason in refused:
            data = json.loads(odd)
            wanted.setdefault(data["file"], {})[(data[wire.EVENT_METADATA] or {}).get("eventId")] = reason
        for path, reasons in wanted.items():
            for number, line in lines(Path(path)):
                if why := _why(line, reasons):
                    yield Unreadable(file=self._group.url(path), line=number, reason=why)

    def _csv(self, sample: list[CaptureRecord]) -> Relation:
        widths = Counter(w for r in sample if any(w := self._widths(r)))
        if not widths:
            return self._odd(sample)
        inputs, outputs = widths.most_common(1)[0][0]
        self._expect(inputs, outputs)
        names, both = self._layout.positions(inputs, outputs)
        asked, told = (
            [f"{side}[{i}]" for i in range(1, width + 1)]
            for side, width in (("asked", inputs), ("told", outputs if both else 0))
        )
        places = told + asked if self._layout.answers_first else asked + told
        several = any("\n" in p.data.strip() for r in sample for p in (r.input, r.output) if p)
        usual = {
            "asked": _usual_csv((r.input for r in sample), self._dataset.delimiter, inputs),
            "told": _usual_csv((r.output for r in sample), self._dataset.delimiter, outputs),
        }
        rows = csv_rows(self._records, inputs, outputs, usual, several=several)
        kinds = {f"{side}[{i}]": kind for side, like in usual.items() if like for i, kind in like.kinds.items()}
        fields = (Field(name, place, usual=kinds.get(place)) for name, place in zip(names, places, strict=True))
        return self._relation(rows, fields, "row_key" if several else EVENT)

    def _json(self, sample: list[CaptureRecord]) -> Relation:
        objects = {
            "asked": _objects((r.input for r in sample), INPUT_ROWS),
            "told": _objects((r.output for r in sample), OUTPUT_ROWS),
        }
        vector = self._layout.expectation.vector
        shapes = {side: Shape.of(found, vector) if found is not None else None for side, found in objects.items()}
        widths = Counter(w for r in sample if (w := self._layout.widths(r)) and any(w))
        if widths:
            self._expect(*widths.most_common(1)[0][0])
        custom = self._dataset.input_rows or self._dataset.output_rows
        if custom or not all(shape is None or shape.speakable for shape in shapes.values()):
            return self._odd(sample)
        usual = {side: usual_json(found) if found is not None else None for side, found in objects.items()}
        fields: dict[str, Field] = {}
        for side, shape in shapes.items():
            kinds = found.kinds if (found := usual[side]) else {}
            for i, name in enumerate(shape.leaves if shape else (), 1):
                field = Field(name, f"{side}[{i}]", usual=kinds.get(name))
                # A name on both sides is the response's, where it says anything.
                told = fields.get(name)
                fields[name] = Field(name, f"coalesce(nullif({field.sql}, ''), {told.sql})") if told else field
        return self._relation(json_rows(self._records, shapes, usual), fields.values())

    def _expect(self, inputs: int, outputs: int) -> None:
        """Expect rows of so many fields, and note what one should know of their names."""
        self._layout = replace(self._layout, fields=inputs + outputs)
        note = self._layout.note(inputs, outputs)
        self.notes = (note,) if note else ()

    def _odd(self, sample: list[CaptureRecord]) -> Relation:
        """Leave every record to Python."""
        del sample
        return self._relation(odd_rows(self._records), ())

    def _relation(self, rows: str, fields: Iterable[Field], key: str = EVENT) -> Relation:
        label = [Field(wire.GROUND_TRUTH_DATA, "labels[1]"), Field(KEY, key)] if self._records.labelled else []
        odd = f"CASE WHEN NOT ordinary THEN {self._records.whole} END"
        return Relation(rows, (*fields, *label), odd, self._seed, usual="usual")

    def _widths(self, record: CaptureRecord) -> tuple[int, int]:
        """Return the number of fields of the request and of the response, by their first lines.

        A response of several lines to one row is one row of them (:func:`~kedge.reading.payload.paired`).
        """
        sides = (p.data.strip() if p else "" for p in (record.input, record.output))
        asked, told = (side.split("\n") if side else [] for side in sides)
        inputs, outputs = (_width(lines[0], self._dataset.delimiter) if lines else 0 for lines in (asked, told))
        return inputs, len(told) if len(asked) == 1 and outputs == 1 else outputs


def _width(line: str, delimiter: str) -> int:
    return _QUOTED.sub("", line).count(delimiter) + 1


def key(event: str, row: int, rows: int) -> str:
    """Return what tells a row apart from all others, in whatever file it lies."""
    return f"{event}/{row}" if rows > 1 else event


def _sample(group: Group) -> Iterator[CaptureRecord]:
    for path in dict.fromkeys((group.paths[0], group.paths[len(group.paths) // 2], group.paths[-1])):
        for line in head(Path(path)).splitlines()[:SAMPLE_LINES]:
            try:
                yield CaptureRecord.from_json(line)
            except InputError:
                continue


def _usual_csv(payloads: Iterable[Payload | None], delimiter: str, width: int) -> Usual | None:
    rows = (payload.data.strip().split("\n", 1)[0] for payload in payloads if payload)
    return usual_csv(rows, delimiter, width) if width else None


def _objects(payloads: Iterable[Payload | None], keys: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """Return the sampled payloads that are one object each and hold no list of rows; None without any payload."""
    found, seen = list[dict[str, Any]](), False
    for payload in payloads:
        seen = seen or payload is not None
        try:
            values = documents(payload.data, "data") if payload else []
        except InputError:
            continue
        if len(values) == 1 and isinstance(values[0], dict) and not values[0].keys() & set(keys):
            found.append(values[0])
    return found if seen else None


def _why(line: bytes, reasons: dict[str | None, str]) -> str | None:
    try:
        record = CaptureRecord.from_json(line.strip())
    except InputError as error:
        return str(error)
    return reasons.get(record.event_id) or offence(line, record.to_json())
