"""Captures as the join reads them: first who they are and when, then what they say, in the same order.

Every format becomes the same three texts of a record: its version, its data and its metadata (ground-truth.md, 2.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from typing import TYPE_CHECKING, NamedTuple

from kedge.analysis.report import Unreadable
from kedge.domain.capture_record import CaptureRecord
from kedge.domain.dataset import Expectation
from kedge.domain.window import format_time, parse_time
from kedge.domain.wire import (
    BATCH_INFERENCE_ID,
    BATCH_INFERENCE_TIME,
    BATCH_TRANSFORM_OUTPUT,
    CAPTURE_DATA,
    ENDPOINT_OUTPUT,
    EVENT_METADATA,
    EVENT_VERSION,
)
from kedge.errors import InputError, KedgeError, SettingError, did_you_mean
from kedge.reading.batch_transform import responses
from kedge.reading.csv_files import CsvFiles
from kedge.reading.files import File, Group, groups, hour
from kedge.reading.lines import LINE_LIMIT, bounded, lines, offence
from kedge.reading.parquet_files import ParquetFiles
from kedge.reading.reader import listed, named, quoted
from kedge.reading.scan import without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    import duckdb

    from kedge.domain.dataset import Dataset
    from kedge.domain.ground_truth import Truth
    from kedge.ports import ObjectStore
    from kedge.reading.reader import Reader

    Explain = Callable[[int, int], tuple[int, list[Unreadable]]]

SECTION_BYTES = 64 << 20  # of files that are read together: what is merged at once, and so the size of a part
METADATA = "STRUCT(eventId VARCHAR, inferenceId VARCHAR, inferenceTime VARCHAR)"
ENDPOINT, VARIANT, BATCH = "endpoint", "AllTraffic", "batch"  # folders of what has no such name
TAG = r"(?s)^(.*),([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}),(\d{4}-\d\d-\d\dT[\d:.]+Z?)\s*$"
UNTAGGED = "The response carries no inference id: let the transform generate one (GenerateInferenceId)."


@dataclass(frozen=True)
class Section:
    """Captures of one variant and one hour folder.

    Parameters
    ----------
    folder, hour
        ``{endpoint}/{variant}`` of what is merged, and the hour that the folder of the files names.
    keys
        What stands behind ``FROM`` for ``key``, ``time`` (both may be NULL) and ``sound``, whether it is a record.
    values
        What stands behind ``FROM`` for ``version``, ``data`` and ``metadata``, which are texts of JSON.
    timed
        Whether a window asks for the time of each record; else the folder has been enough.
    explain
        Counts what cannot be read, given how much of ``keys`` is not sound, with reasons for so many.
    """

    folder: str
    hour: datetime | None
    keys: str
    key: str
    time: str
    sound: str
    values: str
    version: str
    data: str
    metadata: str
    timed: bool
    explain: Explain
    batch: bool = False


@dataclass(frozen=True)
class Sections:
    """Finds the captures of a dataset.

    Parameters
    ----------
    connection
        What reads.
    dataset, truth
        The captures, and what names the ids of rows that are no capture records.
    store, folder
        Where files are, and where they may be staged.
    """

    connection: duckdb.DuckDBPyConnection
    dataset: Dataset
    truth: Truth
    store: ObjectStore
    folder: Path

    def __iter__(self) -> Iterator[Section]:
        """Yield the captures in the order of their files, of one variant and hour at a time.

        Raises
        ------
        SettingError
            Plain rows come without the name of their id, or capture records with one.
        """
        for group in groups(self.dataset, self.store, self.folder):
            plain = group.format not in ("capture", "batch")
            if plain != bool(self.truth.id):
                raise SettingError(
                    f"{group.format} {'files have no ids' if plain else 'records have ids'} of their own.",
                    file=self.dataset.url,
                    field="--id",
                    next_step=f"{'Name' if plain else 'Leave out'} the column that identifies a row.",
                )
            batch = group.format == "batch"
            files = responses(group, self.dataset, self.store, self.folder) if batch else group
            for at, together in _hours(files):
                if plain:
                    yield self._rows(together, at)
                    continue
                for file in together.files:
                    bounded(file)
                for part in _parts(together):
                    yield _transformed(part, at) if batch else _captured(part, at, windowed=bool(self.dataset.window))

    def _rows(self, group: Group, at: datetime | None) -> Section:
        """Return plain rows: the response is a row as a JSON object."""
        found = self._lines(group) if group.format == "jsonl" else self._columns(group)
        told = f"{{observedContentType: 'application/json', mode: 'OUTPUT', data: {found.row}, encoding: 'JSON'}}"
        time = f", inferenceTime: {quoted(format_time(at))}" if at else ""
        return Section(
            folder=_folder(group),
            hour=at,
            keys=found.read,
            key=f"nullif({found.id}, '')",
            time="NULL",
            sound=found.sound,
            values=found.read,
            version="'\"0\"'",
            data=f"to_json({{{ENDPOINT_OUTPUT}: {told}}})::VARCHAR",
            metadata=f"to_json({{eventId: coalesce({found.id}, ''){time}}})::VARCHAR",
            timed=False,
            explain=found.explain,
        )

    def _lines(self, group: Group) -> _Rows:
        for file in group.files:
            bounded(file)
        # Of a dotted name either may be meant: a key that is called so, or one inside another.
        key = self.truth.id or ""
        paths = (quoted(f"$.{path}") for path in (named(key), ".".join(map(named, key.split(".")))))
        return _Rows(
            read=_json(group, "json: 'JSON'", bare=True),
            row="json::VARCHAR",
            id=f"coalesce({', '.join(f'json_extract_string(json, {path})' for path in paths)})",
            sound="coalesce(json_type(json) = 'OBJECT', false)",
            explain=_explained(group, _no_object),
        )

    def _columns(self, group: Group) -> _Rows:
        reader: Reader
        if group.format == "csv":
            reader = CsvFiles(self.connection, group, self.dataset, Expectation(), self.folder)
        else:
            reader = ParquetFiles(self.connection, group)
        ids = {field.name: field.sql for field in reader.relation.fields}
        if self.truth.id not in ids:
            raise InputError(
                f"There is no column {self.truth.id!r} to identify a row.{did_you_mean(self.truth.id or '', ids)}",
                file=group.files[0].url,
                next_step="Name it with --id.",
            )
        kept = without(reader.relation, self.dataset.exclude, self.dataset.url).fields
        return _Rows(
            read=reader.relation.sql,
            row=f"to_json(struct_pack({', '.join(f'{named(f.name)} := {f.sql}' for f in kept)}))::VARCHAR",
            id=f"({ids[self.truth.id]})::VARCHAR",
            sound="true",
            explain=lambda _, limit: reader.unreadable((), max(limit, 1)),
        )


class _Rows(NamedTuple):
    """Plain rows in SQL: what stands behind ``FROM``, and what of it is the row, its id, and sound."""

    read: str
    row: str
    id: str
    sound: str
    explain: Explain


def _captured(group: Group, at: datetime | None, *, windowed: bool) -> Section:
    ids = [f"nullif({EVENT_METADATA}.{name}, '')" for name in ("inferenceId", "eventId")]
    return Section(
        folder=_folder(group),
        hour=at,
        keys=_json(group, f"{CAPTURE_DATA}: 'STRUCT(x BOOLEAN)', {EVENT_METADATA}: '{METADATA}'"),
        key=f"coalesce({', '.join(ids)})",
        time=f"{EVENT_METADATA}.inferenceTime",
        sound=f"({CAPTURE_DATA} IS NOT NULL AND {EVENT_METADATA}.eventId IS NOT NULL)",
        values=_json(group, ", ".join(f"{name}: 'JSON'" for name in (CAPTURE_DATA, EVENT_METADATA, EVENT_VERSION))),
        version=f"coalesce({EVENT_VERSION}::VARCHAR, '\"0\"')",
        data=f"{CAPTURE_DATA}::VARCHAR",
        metadata=f"{EVENT_METADATA}::VARCHAR",
        timed=True,
        explain=_explained(group, partial(_no_record, timed=windowed)),
    )


def _transformed(group: Group, at: datetime | None) -> Section:
    """Return rows of a batch transform, without the id and the time that it appended."""
    if group.format == "jsonl":
        read = _json(group, "json: 'JSON'", bare=True)
        key, time = (f"json_extract_string(json, '$.{n}')" for n in (BATCH_INFERENCE_ID, BATCH_INFERENCE_TIME))
        left = f'{{"{BATCH_INFERENCE_ID}": null, "{BATCH_INFERENCE_TIME}": null}}'
        encoding, data = "JSON", f"json_merge_patch(json, {quoted(left)})::VARCHAR"
    else:
        # Whole lines: what is merged is the text itself.
        read = (
            f"read_csv({listed(group.paths)}, columns={{line: 'VARCHAR'}}, auto_detect=false, header=false,"
            f" delim=chr(1), quote='', escape='', strict_mode=false, max_line_size={LINE_LIMIT})"
        )
        data, key, time = (f"regexp_extract(line, {quoted(TAG)}, {i})" for i in (1, 2, 3))
        encoding = "CSV"
    told = f"{{{BATCH_TRANSFORM_OUTPUT}: {{data: {data}, encoding: '{encoding}'}}}}"
    return Section(
        folder=BATCH,
        hour=at,
        keys=read,
        key=f"nullif({key}, '')",
        time=time,
        sound=f"coalesce({key} <> '', false)",
        values=read,
        version="'\"0\"'",
        data=f"to_json({told})::VARCHAR",
        metadata=f"to_json({{eventId: {key}}})::VARCHAR",
        timed=False,
        explain=_explained(group, _no_tag),
        batch=True,
    )


def instant(text: str) -> str:
    """Return SQL of a time; NULL where it is none that a folder could be called by, such as ``infinity``."""
    time = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    return f"CASE WHEN {time} >= TIMESTAMPTZ '1970-01-01' AND {time} < TIMESTAMPTZ '9999-12-31' THEN {time} END"


def _folder(group: Group) -> str:
    return f"{group.endpoint or ENDPOINT}/{group.variant or VARIANT}"


def _json(group: Group, columns: str, *, bare: bool = False) -> str:
    return (
        f"read_json({listed(group.paths)}, format='newline_delimited', columns={{{columns}}}, ignore_errors=true,"
        f" maximum_object_size={LINE_LIMIT}{', records=false' if bare else ''})"
    )


def _hours(group: Group) -> Iterator[tuple[datetime | None, Group]]:
    """Cut a group by hour folders."""
    for at, files in groupby(group.files, key=lambda file: hour(file.url)):
        yield at, Group(group.format, tuple(files), group.endpoint, group.variant)


def _parts(group: Group) -> Iterator[Group]:
    """Cut a group so that the files of each part hold no more than ``SECTION_BYTES``, or are but one."""
    held, size = list[File](), 0
    for file in group.files:
        bytes = file.path.stat().st_size
        if held and size + bytes > SECTION_BYTES:
            yield Group(group.format, tuple(held), group.endpoint, group.variant)
            held, size = [], 0
        held.append(file)
        size += bytes
    yield Group(group.format, tuple(held), group.endpoint, group.variant)


def _explained(group: Group, why: Callable[[bytes], str | None]) -> Explain:
    return lambda bad, limit: (bad, first_broken(group.files, why, min(bad, limit)))


def first_broken(files: Iterable[File], why: Callable[[bytes], str | None], limit: int) -> list[Unreadable]:
    """Return the first lines that there is something to say against."""
    found = (
        Unreadable(file=file.url, line=number, reason=reason)
        for file in files
        for number, line in lines(file.path)
        if (reason := why(line))
    )
    return list(islice(found, limit))


def _no_record(line: bytes, *, timed: bool) -> str | None:
    try:
        record = CaptureRecord.from_json(line.strip())
        if timed:
            parse_time(record.inference_time)
    except KedgeError as error:
        return str(error)
    return offence(line, record.to_json())


def _no_object(line: bytes) -> str | None:
    return None if line.lstrip().startswith(b"{") else "The line is not a JSON object."


def _no_tag(line: bytes) -> str | None:
    found = re.search(TAG.encode(), line.strip()) or BATCH_INFERENCE_ID.encode() in line
    return None if found else UNTAGGED
