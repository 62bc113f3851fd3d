"""A table of labels to ground-truth records, in SQL; ``GroundTruth.to_json`` is the reference for what they are."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from duckdb.sqltypes import BOOLEAN, VARCHAR

from kedge.analysis.report import Reading, Unreadable
from kedge.capture.sampling import sampled
from kedge.domain import wire
from kedge.errors import InputError, did_you_mean
from kedge.reading.csv_files import delimiter_of
from kedge.reading.lines import lines
from kedge.reading.packed import unpacked
from kedge.reading.payload import flatten
from kedge.reading.reader import quoted
from kedge.reading.rows import classify
from kedge.reading.scan import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from kedge.domain.dataset import Dataset
    from kedge.domain.ground_truth import LabelColumns
    from kedge.reading.columns import Field
    from kedge.reading.files import Group
    from kedge.reading.reader import Reader

ODD_AT_ONCE = 10_000
# A typed value as text: no id is 17.0 because another row has none, and NaN is no label.
TEXT = {"integer": "TRY_CAST({} AS HUGEINT)::VARCHAR", "decimal": "nullif(({})::VARCHAR, 'nan')"}
# Other delimiters than the comma are for those who read labels with them.
FIELD = """CASE WHEN regexp_matches(label, '[",;\t\r\n]') THEN '"' || replace(label, '"', '""') || '"' ELSE label END"""
LACKING = "odd IS NULL AND (id IS NULL OR label IS NULL)"
USABLE = f"SELECT rowid AS row, id, {FIELD} AS label FROM given WHERE odd IS NULL AND NOT ({LACKING})"
# One label too few, and the others would belong to other rows of the request.
INCOMPLETE = "SELECT id FROM given WHERE odd IS NULL AND id IS NOT NULL AND label IS NULL"
GROUPED = "SELECT id, string_agg(label, ',' ORDER BY row) AS data FROM usable GROUP BY id ORDER BY min(row)"
# Not max_by over all: what DuckDB remembers of every group has a fixed size here, so it can spill.
REPEATED = "SELECT id, max(row) AS last FROM usable GROUP BY id HAVING count(*) > 1"
LAST = (
    "SELECT id, label AS data FROM usable LEFT JOIN repeated USING (id) WHERE last IS NULL OR last = row ORDER BY row"
)
DISAGREEING = "SELECT id FROM usable JOIN repeated USING (id) GROUP BY id HAVING min(label) <> max(label)"


class LabelTable:
    """The labels of a table, kept on disk until all are seen: an id may come again.

    Parameters
    ----------
    connection
        What reads, and keeps.
    dataset, columns
        How the table is to be understood.
    folder
        Where the labels are kept.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, dataset: Dataset, columns: LabelColumns, folder: Path
    ) -> None:
        self._connection, self._dataset, self._columns = connection, dataset, columns
        connection.execute(f"ATTACH {quoted(str(folder / 'labels.duckdb'))} AS kept")
        connection.execute("CREATE TABLE kept.given (id VARCHAR, label VARCHAR, odd VARCHAR)")

    def read(self, reader: Reader, group: Group) -> Reading:
        """Read the labels of a group of files, and return what was read.

        Raises
        ------
        InputError
            A column is not there, or holds no single values; or the files are no table.
        """
        if group.format in ("capture", "batch"):
            raise InputError(
                f"Labels come as a table, and these are {group.format} files.",
                file=self._dataset.url,
                next_step="Give CSV, JSON Lines or Parquet.",
            )
        relation = reader.relation
        fields = {field.name: field for field in relation.fields}
        named = {option: self._field(option, name, fields) for option, name in self._named.items()}
        texts = ", ".join(map(_text, named.values()))
        (start,) = self._one("SELECT count(*) FROM kept.given")
        self._connection.execute(f"INSERT INTO kept.given SELECT {texts}, {relation.odd or 'NULL'} FROM {relation.sql}")
        broken, examples = reader.unreadable(self._mended(reader, named), EXAMPLES)
        counts = f"count(*) FILTER (odd IS NULL), count(*) FILTER ({LACKING})"
        rows, lacking = self._one(f"SELECT {counts} FROM kept.given WHERE rowid >= {start}")
        if lacking:
            examples += islice(self._lacking(group, list(fields), named, start), EXAMPLES)
        return Reading(
            format=group.format,
            files=len(group.files),
            rows=rows - lacking,
            unreadable=broken + lacking,
            examples=examples[:EXAMPLES],
            notes=list(reader.notes),
        )

    def close(self) -> list[str]:
        """Make one record of every id, now that all is read, and return what one should know of them."""
        self._connection.execute("USE kept")
        notes = self._grouped() if self._columns.group else self._last()
        percentage = self._columns.sampling_percentage
        return notes if percentage is None else notes + self._sampled(percentage)

    def _last(self) -> list[str]:
        self._connection.execute(f"CREATE VIEW usable AS {USABLE}")
        self._connection.execute(f"CREATE TABLE repeated AS {REPEATED}")
        self._connection.execute(f"CREATE TABLE records AS {LAST}")
        return self._note(DISAGREEING, "had labels that differ, {}: the last of each was uploaded.")

    def _grouped(self) -> list[str]:
        self._connection.execute(f"CREATE VIEW usable AS {USABLE} AND id NOT IN ({INCOMPLETE})")
        self._connection.execute(f"CREATE TABLE records AS {GROUPED}")
        return self._note(INCOMPLETE, "had a row without a label, {}: nothing of such a request was uploaded.")

    def _sampled(self, percentage: float) -> list[str]:
        """Leave out the ids that a sample of capture has not, and return what one should know of them."""
        self._connection.create_function("in_sample", lambda id: sampled(id, percentage), [VARCHAR], BOOLEAN)
        (before,) = self._one("SELECT count(*) FROM records")
        self._connection.execute("CREATE TABLE chosen AS SELECT * FROM records WHERE in_sample(id) ORDER BY rowid")
        self._connection.execute("DROP TABLE records; ALTER TABLE chosen RENAME TO records")
        (after,) = self._one("SELECT count(*) FROM records")
        return [f"{before - after:,} of {before:,} labels are of requests that a sample of {percentage:g}% has not."]

    def files(self, size: int, upload_time: str) -> Iterator[tuple[str, int]]:
        """Yield the lines of every file, and how many records they are, ``size`` at most."""
        head, middle, end = _around(upload_time)
        line = f"{head} || to_json(data) || {middle} || to_json(id) || {end}"
        (records,) = self._one("SELECT count(*) FROM records")
        for start in range(0, records, size):
            (content,) = self._one(
                f"SELECT string_agg({line}, '' ORDER BY rowid) FROM records"
                f" WHERE rowid >= {start} AND rowid < {start + size}"
            )
            yield content, min(size, records - start)

    @property
    def _named(self) -> dict[str, str]:
        return {"--id": self._columns.id, "--label": self._columns.label}

    def _one(self, sql: str) -> tuple[Any, ...]:
        (row,) = self._connection.sql(sql).fetchall()
        return row

    def _note(self, ids: str, what: str) -> list[str]:
        count, first = self._one(f"SELECT count(DISTINCT id), min(id) FROM ({ids})")
        return [f"{count:,} id{'s' * (count > 1)} {what.format(f'such as {first!r}')}"] if count else []

    def _field(self, option: str, name: str, fields: dict[str, Field]) -> Field:
        """Return the column of a name, or at a place of a file without names."""
        field = fields.get(name) or fields.get(f"_c{name}")
        if field is None:
            there = ", ".join(list(fields)[:10])
            raise InputError(
                f"There is no column {name!r}.{did_you_mean(name, fields)} The first columns are {there}.",
                file=self._dataset.url,
                next_step=f"Name another with {option}.",
            )
        if field.refused:
            raise InputError(
                f"The column holds {field.refused}.",
                file=self._dataset.url,
                field=name,
                next_step="Give one value a row; --group makes one record of the rows of a request.",
            )
        return field

    def _mended(self, reader: Reader, named: dict[str, Field]) -> list[tuple[str, str]]:
        """Read what SQL could not, in its place, and return what nothing can, with the reason."""
        refused: list[tuple[str, str]] = []
        odd = "SELECT rowid, odd FROM kept.given WHERE odd <> '' LIMIT ?"
        while found := self._connection.execute(odd, [ODD_AT_ONCE]).fetchall():
            values = [self._values(reader, record, named, refused) for _, record in found]
            self._connection.execute(
                "UPDATE kept.given SET id = m.id, label = m.label, odd = m.odd FROM (SELECT unnest(?) AS row,"
                " unnest(?::VARCHAR[]) AS id, unnest(?::VARCHAR[]) AS label, unnest(?::VARCHAR[]) AS odd) m"
                " WHERE given.rowid = m.row",
                [[row for row, _ in found], *map(list, zip(*values, strict=True))],
            )
        return refused

    def _values(
        self, reader: Reader, record: str, named: dict[str, Field], refused: list[tuple[str, str]]
    ) -> tuple[str | None, ...]:
        try:
            (row,) = reader.rows(record)
        except InputError as error:
            refused.append((record, str(error)))
            return None, None, ""
        return *(_there(row.get(field.name)) for field in named.values()), None

    def _lacking(self, group: Group, names: list[str], named: dict[str, Field], start: int) -> Iterator[Unreadable]:
        """Yield where an id or a label is missing: SQL does not know lines."""
        if group.format in ("parquet", "frame"):
            places = self._connection.sql(
                f"SELECT rowid - {start} + 1, id IS NULL FROM kept.given WHERE rowid >= {start} AND {LACKING}"
                f" LIMIT {EXAMPLES}"
            ).fetchall()
            for row, no_id in places:
                name = self._columns.id if no_id else self._columns.label
                yield Unreadable(file=self._dataset.url, reason=f"Row {row} has no {name}.")
            return
        rows = _csv_rows(group, self._dataset, names) if group.format == "csv" else _json_rows(group)
        for url, line, values in rows:
            missing = next((f.name for f in named.values() if _there(values.get(f.name)) is None), None)
            if missing:
                yield Unreadable(file=url, line=line, reason=f"The row has no {missing}.")


def _text(field: Field) -> str:
    """Return SQL for a value as text, NULL where there is none."""
    text = TEXT.get(field.source, "({})::VARCHAR").format(field.sql)
    return f"CASE WHEN trim({text}) <> '' THEN {text} END"


def _there(value: object) -> str | None:
    text = classify(value)[2]
    return text if text.strip(" ") else None


def _around(upload_time: str) -> tuple[str, str, str]:
    """Return what stands before, between and after data and id in the line of a record, as SQL."""
    return (
        quoted(f'{{"{wire.GROUND_TRUTH_DATA}":{{"data":'),
        quoted(f',"encoding":"CSV"}},"{wire.EVENT_METADATA}":{{"eventId":'),
        quoted(f',"{wire.UPLOAD_TIME}":"{upload_time}"}},"{wire.EVENT_VERSION}":"0"}}\n'),
    )


def _csv_rows(group: Group, dataset: Dataset, names: list[str]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for file in group.files:
        with unpacked(file.path) as packed, suppress(csv.Error):
            rows = csv.reader(
                io.TextIOWrapper(packed, "utf-8-sig", "replace", newline=""), delimiter=delimiter_of(group, dataset)
            )
            line = 0
            for number, row in enumerate(rows):
                start, line = line + 1, rows.line_num
                if len(row) == len(names) and (number or not dataset.header):
                    yield file.url, start, dict(zip(names, row, strict=True))


def _json_rows(group: Group) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for file in group.files:
        for number, line in lines(file.path):
            with suppress(ValueError, RecursionError):
                if isinstance(value := json.loads(line), dict):
                    yield file.url, number, flatten(value)
