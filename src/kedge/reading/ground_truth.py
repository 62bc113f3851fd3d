"""The join: captures and their labels become merged records, in the service's layout (ground-truth.md, 2.3).

Only ids are joined, never records: these are read a second time, in order, beside the labels found for them. So the
memory that a join takes does not depend on what was captured, and what it writes not on the number of threads.
"""

from __future__ import annotations

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kedge.analysis.report import Joined, Reading
from kedge.domain.wire import CAPTURE_DATA, EVENT_METADATA, EVENT_VERSION, GROUND_TRUTH_DATA, MERGE_FOLDER
from kedge.errors import InputError
from kedge.reading.reader import quoted
from kedge.reading.scan import EXAMPLES
from kedge.reading.sections import instant

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from kedge.domain.dataset import Dataset
    from kedge.ports import Progress
    from kedge.reading.label_files import LabelFiles
    from kedge.reading.sections import Section

UNLABELLED_FOLDER = "unlabelled"
CORRECTIONS_FILE = "corrections.jsonl"
PART_BYTES = 128 << 20  # after so much a part is full
ROWS = 2000  # that are fetched at once
KEYS = 5  # shown of those that found no partner
IN, OUT, BROKEN = range(3)  # of the window; and what is no record
UNKNOWN = -1  # the hour of what has no time


@dataclass
class Join:
    """Joins the captures of a dataset with labels.

    Parameters
    ----------
    connection
        What joins.
    dataset
        The captures.
    labels
        The label files, loaded.
    threads
        How many sections are written side by side; None takes one a processor.
    """

    connection: duckdb.DuckDBPyConnection
    dataset: Dataset
    labels: LabelFiles
    threads: int | None = None
    _starts: list[int] = field(default_factory=lambda: [0], init=False)

    def read(self, sections: list[Section]) -> Reading:
        """Make the table ``captures`` (key, time, hour, state), whose row ids are the order of the records."""
        self.connection.execute("CREATE TABLE captures (key VARCHAR, time BIGINT, hour INTEGER, state UTINYINT)")
        account = Reading(inputs=[self.dataset.url])
        for section in sections:
            self.connection.execute(f"INSERT INTO captures {_narrow(section, self.dataset)}")
            start = self._starts[-1]
            ((rows, kept, bad),) = self.connection.execute(
                f"SELECT count(*), count(*) FILTER (state = {IN}), count(*) FILTER (state = {BROKEN}) FROM captures"
                f" WHERE rowid >= {start}"
            ).fetchall()
            self._starts.append(start + rows)
            unreadable, examples = section.explain(bad, EXAMPLES - len(account.examples))
            account.rows += kept
            account.unreadable += unreadable
            account.examples = [*account.examples, *examples][:EXAMPLES]
        return account

    def match(self) -> None:
        """Make the table ``answers`` (n, hour, label, truth, age): what was found for each capture, in their order."""
        self.connection.execute(
            "CREATE TABLE answers AS SELECT c.rowid AS n, c.hour, l.label, l.truth,"
            " CASE WHEN l.time < c.time THEN 0 ELSE l.time - c.time END AS age"
            f" FROM captures c LEFT JOIN {self.labels.winners} l ON c.key = l.key ORDER BY n"
        )

    def account(self, captures: Reading, corrections: Path) -> Joined:
        """Return the account of the join.

        Raises
        ------
        InputError
            Nothing joins.
        """
        ((labelled, ages),) = self.connection.execute(
            "SELECT count(label), quantile_cont(age, [0.5, 0.9]) FROM answers"
        ).fetchall()
        orphans, orphan_keys = self._keys(
            f"{self.labels.winners} l ANTI JOIN answers a ON l.label = a.label", "l.label"
        )
        _, bare = self._keys(
            f"captures c JOIN answers a ON c.rowid = a.n WHERE c.state = {IN} AND a.label IS NULL", "n"
        )
        if not labelled:
            raise self._nothing(bare, orphan_keys)
        corrected, repeated = self.labels.corrections(corrections)
        return Joined(
            captures=captures,
            truth=self.labels.account,
            labelled=labelled,
            orphans=orphans,
            corrected=corrected,
            repeated=repeated,
            age_p50=ages[0] if ages else None,
            age_p90=ages[1] if ages else None,
            orphan_keys=orphan_keys,
            unlabelled_keys=bare,
        )

    def _keys(self, rows: str, order: str) -> tuple[int, tuple[str, ...]]:
        ((count, first),) = self.connection.execute(
            f"SELECT count(*), min_by(key, {order}, {KEYS}) FROM {rows}"
        ).fetchall()
        return count, tuple(key for key in first or () if key is not None)

    def _nothing(self, captures: tuple[str, ...], labels: tuple[str, ...]) -> InputError:
        """Return what to say where no label belongs to any capture."""
        asked = f" are called, for example, {captures[0]!r}" if captures else " have no ids"
        return InputError(
            f"No label belongs to a capture of the window: the captures{asked}, and the labels {labels[0]!r}.",
            file=self.labels.url,
            field=f"{EVENT_METADATA}.eventId",
            next_step="Send an inference id with each request, and upload its label under that id.",
        )

    def write(self, sections: list[Section], folder: Path, progress: Progress) -> None:
        """Write merged records, and the captures without a label, below ``folder``."""
        cursors = [self.connection.cursor() for _ in range(self.threads or os.cpu_count() or 1)]
        with ThreadPoolExecutor(len(cursors)) as pool:

            def written(number: int) -> int:
                cursor = cursors.pop()
                try:
                    return self._write(cursor, sections[number], number, folder)
                finally:
                    cursors.append(cursor)

            for rows in pool.map(written, range(len(sections))):
                progress(rows)

    def _write(self, cursor: duckdb.DuckDBPyConnection, section: Section, number: int, folder: Path) -> int:
        parts, rows = _Parts(folder, section.folder, number), 0
        found = cursor.execute(_wide(section, self._starts[number], self._starts[number + 1]))
        while fetched := found.fetchmany(ROWS):
            texts = dict[tuple[bool, int], list[str]]()
            for labelled, hour, text in fetched:
                if hour is not None:
                    texts.setdefault((labelled, hour), []).append(text)
            for place, together in texts.items():
                parts.add(*place, "".join(together).encode())
                rows += len(together)
        return rows


class _Parts:
    """The files that one section is written to: one for each hour, and another where it is full."""

    def __init__(self, folder: Path, name: str, number: int) -> None:
        self._folder, self._name, self._number = folder, name, number
        self._sizes = dict[tuple[bool, int], list[int]]()

    def add(self, labelled: bool, hour: int, content: bytes) -> None:
        sizes = self._sizes.setdefault((labelled, hour), [])
        if fresh := not sizes or sizes[-1] >= PART_BYTES:
            sizes.append(0)
        sizes[-1] += len(content)
        path = self._path(labelled, hour, len(sizes) - 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb" if fresh else "ab") as file:
            file.write(content)

    def _path(self, labelled: bool, hour: int, count: int) -> Path:
        kind = MERGE_FOLDER if labelled else UNLABELLED_FOLDER
        time = datetime.fromtimestamp(hour * 3600, UTC).strftime("/%Y/%m/%d/%H") if hour != UNKNOWN else ""
        place = f"{kind}/{self._name}{time}"
        # The same place has the same name in every run.
        name = uuid.uuid5(uuid.NAMESPACE_URL, place)
        return self._folder / place / f"part-{self._number:05d}-{name}.c{count:03d}.jsonl"


def _narrow(section: Section, dataset: Dataset) -> str:
    """Return SQL of who the captures are: their keys, times and hours, and whether they are of the window."""
    known = int(section.hour.timestamp()) if section.hour else "NULL"
    state = f"CASE WHEN NOT sound THEN {BROKEN} ELSE {IN} END"
    if dataset.window and section.timed:
        start, end = (f"TIMESTAMPTZ {quoted(t.isoformat())}" for t in (dataset.window.start, dataset.window.end))
        inside = f"CASE WHEN time >= {start} AND time < {end} THEN {IN} ELSE {OUT} END"
        state = f"CASE WHEN NOT sound OR time IS NULL THEN {BROKEN} ELSE {inside} END"
    read = f"SELECT {section.key} AS key, {instant(section.time)} AS time, {section.sound} AS sound FROM {section.keys}"
    timed = f"SELECT key, coalesce(floor(epoch(time))::BIGINT, {known}) AS seconds, {state} AS state FROM ({read})"
    kept = f"state = {IN}"
    return (
        f"SELECT CASE WHEN {kept} THEN key END, CASE WHEN {kept} THEN seconds END,"
        f" CASE WHEN {kept} THEN coalesce(seconds // 3600, {UNKNOWN}) END, state FROM ({timed})"
    )


def _wide(section: Section, start: int, end: int) -> str:
    """Return SQL of what the captures say, as whole lines, each beside what was found for it."""
    version, truth = f"'{_key(EVENT_VERSION)}' || {section.version}", f"'{_key(GROUND_TRUTH_DATA)}' || truth"
    data, metadata = (
        f"'{_key(n)}' || {v}" for n, v in ((CAPTURE_DATA, section.data), (EVENT_METADATA, section.metadata))
    )
    # The order of the service's own records.
    merged = (metadata, version, truth, data) if section.batch else (version, truth, data, metadata)
    glue = " || ',' || "
    line, bare = (f"'{{' || {glue.join(parts)} || '}}' || chr(10)" for parts in (merged, (data, metadata, version)))
    text = f"CASE WHEN hour IS NULL THEN NULL WHEN truth IS NULL THEN {bare} ELSE {line} END"
    answers = f"(SELECT hour, truth FROM answers WHERE n >= {start} AND n < {end})"
    return f"SELECT truth IS NOT NULL, hour, {text} FROM {section.values} POSITIONAL JOIN {answers}"


def _key(name: str) -> str:
    return f'"{name}":'
