"""Label files: which there are, when each was uploaded, and a table of what they say, in the order of the uploads."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kedge.analysis.report import Reading
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.window import Window, format_time
from kedge.domain.wire import EVENT_METADATA, GROUND_TRUTH_DATA, UPLOAD_TIME
from kedge.errors import InputError, NoData
from kedge.reading.files import hour, staged, timely, visible
from kedge.reading.hours import reach
from kedge.reading.lines import LINE_LIMIT, bounded, offence
from kedge.reading.reader import listed
from kedge.reading.scan import EXAMPLES
from kedge.reading.sections import first_broken, instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from kedge.ports import ObjectStore
    from kedge.reading.files import File

COLUMNS = (
    f"{{{GROUND_TRUTH_DATA}: 'STRUCT(data VARCHAR, encoding VARCHAR)',"
    f" {EVENT_METADATA}: 'STRUCT(eventId VARCHAR, {UPLOAD_TIME} VARCHAR)'}}"
)
EVER = datetime.max.replace(tzinfo=UTC)
MINUTES = re.compile(r"(\d\d)-?(\d\d)(?:-\d{3}-.*)?\.[a-z.]+")  # MMSS.jsonl, MM-SS-mmm-{uuid}.jsonl
EXAMPLE = '{"groundTruthData": {"data": "1", "encoding": "CSV"}, "eventMetadata": {"eventId": "order-17"}}'


@dataclass(frozen=True)
class LabelFiles:
    """The label files below a URL, uploaded since the window's start: in order, the last label of a key counts."""

    connection: duckdb.DuckDBPyConnection
    url: str
    files: tuple[File, ...]

    def load(self) -> None:
        """Make the table ``labels`` (key, truth, time, file), whose row ids are the order of the uploads.

        Beside it stands ``repeated`` (key, last): which label counts where a key has several. What is broken has no
        key.
        """
        for file in self.files:
            bounded(file)
        paths = listed(str(file.path) for file in self.files)
        known = ", ".join(f"{int(time.timestamp())}" if time else "NULL" for time in map(_time, self.files))
        data, encoding = (f"{GROUND_TRUTH_DATA}.{name}" for name in ("data", "encoding"))
        key = f"nullif({EVENT_METADATA}.eventId, '')"
        sound = f"{key} IS NOT NULL AND {data} IS NOT NULL AND coalesce({encoding} IN ('CSV', 'JSON'), false)"
        time = f"floor(epoch({instant(f'{EVENT_METADATA}.{UPLOAD_TIME}')}))::BIGINT"
        self.connection.execute(f"CREATE TYPE label_file AS ENUM ({paths[1:-1]})")
        self.connection.execute(
            f"CREATE TABLE labels AS SELECT CASE WHEN {sound} THEN {key} END AS key,"
            f" to_json({{data: {data}, encoding: {encoding}}})::VARCHAR AS truth,"
            f" coalesce({time}, ([{known}]::BIGINT[])[enum_code(file) + 1]) AS time, file FROM"
            f" (SELECT *, filename::label_file AS file FROM read_json({paths}, format='newline_delimited',"
            f" columns={COLUMNS}, ignore_errors=true, filename=true, maximum_object_size={LINE_LIMIT}))"
        )
        self.connection.execute(
            "CREATE TABLE repeated AS SELECT key, max(rowid) AS last FROM labels WHERE key IS NOT NULL"
            " GROUP BY key HAVING count(*) > 1"
        )

    @property
    def winners(self) -> str:
        """SQL of the labels that count."""
        lost = "SELECT l.rowid FROM labels l JOIN repeated r USING (key) WHERE l.rowid <> r.last"
        return f"(SELECT rowid AS label, key, truth, time FROM labels WHERE key IS NOT NULL AND rowid NOT IN ({lost}))"

    @cached_property
    def account(self) -> Reading:
        """What was read, and what could not be.

        Raises
        ------
        InputError
            Nothing in the files is a ground-truth record.
        """
        ((rows, bad),) = self.connection.execute("SELECT count(key), count(*) - count(key) FROM labels").fetchall()
        torn = {
            path
            for (path,) in self.connection.execute(
                "SELECT DISTINCT file::VARCHAR FROM labels WHERE key IS NULL"
            ).fetchall()
        }
        examples = first_broken((file for file in self.files if str(file.path) in torn), refusal, EXAMPLES)
        if not rows:
            first = next(iter(examples), None)
            raise InputError(
                f"There is no ground-truth record here.{f' The first line: {first.reason}' if first else ''}",
                file=first.file if first else self.url,
                line=first.line if first else None,
                next_step=f"A line reads {EXAMPLE}; kedge ground-truth upload makes them of a table.",
            )
        return Reading(
            inputs=[self.url],
            format="ground-truth",
            files=len(self.files),
            rows=rows,
            unreadable=bad,
            examples=examples,
        )

    def corrections(self, target: Path) -> tuple[int, int]:
        """Write every label of each corrected key, and count the keys with several values, and with one repeated."""
        self.connection.execute(
            "CREATE TABLE corrected AS SELECT key, any_value(last) AS last FROM labels JOIN repeated USING (key)"
            " GROUP BY key HAVING count(DISTINCT truth) > 1"
        )
        ((several, all),) = self.connection.execute(
            "SELECT (SELECT count(*) FROM corrected), (SELECT count(*) FROM repeated)"
        ).fetchall()
        if several:
            urls = {str(file.path): file.url for file in self.files}
            found = self.connection.execute(
                "SELECT l.key, last,"
                " list({place: l.rowid, truth: truth, time: time, file: file::VARCHAR} ORDER BY l.rowid)"
                " FROM labels l JOIN corrected USING (key) GROUP BY l.key, last ORDER BY last"
            )
            with target.open("w", encoding="utf-8") as written:
                while rows := found.fetchmany(1000):
                    written.writelines(_correction(key, last, said, urls) for key, last, said in rows)
        return several, all - several


def label_files(
    connection: duckdb.DuckDBPyConnection, url: str, window: Window | None, store: ObjectStore, folder: Path
) -> LabelFiles:
    """Find the label files that may hold labels for a window: every one from its first hour on.

    Raises
    ------
    InputError
        There is none.
    """
    since = window.start.replace(minute=0, second=0, microsecond=0) if window else None
    found = timely(store, url, Window(since, EVER)) if since else None
    try:
        entries = visible(store, url) if found is None else found
    except NoData as error:  # of labels: the data may well be there
        raise InputError(error.message, file=url, next_step=error.next_step) from None
    late = [e for e in entries if e.size and (since is None or (at := hour(e.url)) is None or at >= since)]
    if not late:
        there = reach(store, url)
        old = f" since the window starts; the last folder is {there[-1]:%Y-%m-%d %H:00} UTC" if there and since else ""
        raise InputError(
            f"There are no labels{old}.",
            file=url,
            next_step="Check the URL, or look at an earlier window: labels come late.",
        )
    files = sorted(staged(late, store, folder), key=lambda file: (_hour_text(file), file.url))
    return LabelFiles(connection, url, tuple(files))


def refusal(line: bytes) -> str | None:
    """Return why a line is no ground-truth record."""
    try:
        record = GroundTruth.from_json(line.strip())
    except InputError as error:
        return str(error)
    if not record.id:
        return f"{EVENT_METADATA}.eventId: the id of the request is empty."
    return offence(line, record.to_json())


def _hour_text(file: File) -> str:
    at = hour(file.url)
    return format_time(at) if at else ""


def _time(file: File) -> datetime | None:
    """Return when a file was uploaded, as its folder and its name say."""
    at, match = hour(file.url), MINUTES.fullmatch(file.url.rsplit("/", 1)[-1])
    minutes, seconds = map(int, match.groups()) if match else (0, 0)
    inside = minutes < 60 and seconds < 60
    return at + timedelta(minutes=minutes, seconds=seconds) if at and inside else at


def _correction(key: str, last: int, said: Sequence[dict[str, Any]], urls: dict[str, str]) -> str:
    labels = [
        {
            **json.loads(label["truth"]),
            "time": _written(label["time"]),
            "file": urls[label["file"]],
            "counts": label["place"] == last,
        }
        for label in said
    ]
    return json.dumps({"key": key, "labels": labels}, ensure_ascii=False) + "\n"


def _written(seconds: int | None) -> str | None:
    return None if seconds is None else format_time(datetime.fromtimestamp(seconds, UTC))
