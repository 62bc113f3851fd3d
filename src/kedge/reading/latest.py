"""The labelled rows of merged records that were answered last."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kedge.analysis.quality.answers import Answers
from kedge.analysis.retraining.recent import Recent
from kedge.domain.capture_record import CaptureRecord
from kedge.domain.window import parse_time
from kedge.domain.wire import EVENT_METADATA
from kedge.errors import InputError, SettingError
from kedge.reading.capture import key
from kedge.reading.columns import KEY
from kedge.reading.files import hour
from kedge.reading.labels import labelled
from kedge.reading.payload import Layout
from kedge.reading.reader import listed
from kedge.reading.rows import batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    import duckdb

    from kedge.domain.dataset import Dataset, Expectation
    from kedge.domain.roles import Roles
    from kedge.reading.files import File

    Timed = tuple[datetime, dict[str, Any]]

TIME: Final = f"TRY_CAST(json_extract_string(json, '$.{EVENT_METADATA}.inferenceTime') AS TIMESTAMPTZ)"
LONGEST: Final = 64 << 20  # bytes of a line


def latest(
    connection: duckdb.DuckDBPyConnection,
    files: Iterable[File],
    dataset: Dataset,
    expectation: Expectation,
    roles: Roles,
    rows: int,
) -> Recent:
    """Return the last rows that have a label and an answer, at most so many; files are of an hour each."""
    found, layout = Recent(rows), Layout(dataset, expectation)
    ordered = sorted(files, key=lambda file: hour(file.url) or parse_time("1970-01-01"), reverse=True)
    for at, together in groupby(ordered, lambda file: hour(file.url)):
        lines = _lines(connection, [str(file.path) for file in together], rows)
        found = found.merge(_recent([timed for line in lines for timed in _timed(line, at, layout)], roles, rows))
        if len(found) >= rows:
            break
    return found


def _lines(connection: duckdb.DuckDBPyConnection, paths: Sequence[str], rows: int) -> list[str]:
    read = f"read_ndjson_objects({listed(paths)}, maximum_object_size={LONGEST})"
    last = f"SELECT json::VARCHAR FROM {read} ORDER BY {TIME} DESC NULLS LAST LIMIT {rows}"
    return [line for (line,) in connection.execute(last).fetchall()]


def _timed(line: str, at: datetime | None, layout: Layout) -> Iterator[Timed]:
    """Yield the rows of a record, each with its time and its key; none of one that cannot be read."""
    try:
        record = CaptureRecord.from_json(line)
        time = parse_time(record.inference_time) if record.inference_time else at
        rows = labelled(layout.rows(record), record, layout.dataset) if record.label else []
    except (InputError, SettingError):  # it is counted where all rows are read
        return
    for number, row in enumerate(rows, 1):
        if time is not None:
            yield time, row | {KEY: key(record.event_id, number, len(rows))}


def _recent(found: Sequence[Timed], roles: Roles, rows: int) -> Recent:
    if not found:
        return Recent(rows)
    made = batch([row for _, row in found], (), "", 0)
    times = np.array([time.replace(tzinfo=None) for time, _ in found], "datetime64[us]")
    return Recent(rows).update(times, made.keys, Answers.of(roles, made).apart(roles.problem))
