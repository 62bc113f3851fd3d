"""CSV files: DuckDB reads, and says which lines it rejected."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge.analysis.report import Unreadable
from kedge.errors import InputError
from kedge.reading.columns import Field, Relation
from kedge.reading.lines import LINE_LIMIT, bounded, even, line_at
from kedge.reading.packed import head
from kedge.reading.reader import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from kedge.domain.dataset import Dataset, Expectation
    from kedge.reading.files import Group

REASONS = {
    "TOO MANY COLUMNS": "The row has too many fields",
    "MISSING COLUMNS": "The row has too few fields",
    "INVALID ENCODING": "The text is not UTF-8",
    "CAST": "The value is no list of numbers",
    "UNQUOTED VALUE": "A quote is opened and not closed",
    "LINE SIZE OVER MAXIMUM": f"The line is longer than {LINE_LIMIT >> 20} MB",
}
WHOLE = "Check that the file is what its name says."


def delimiter_of(group: Group, dataset: Dataset) -> str:
    """Return what stands between two fields: a tab in files named so, where nothing else is said."""
    tabs = ".tsv" in Path(group.paths[0].lower()).suffixes and dataset.delimiter == ","
    return "\t" if tabs else dataset.delimiter


class CsvFiles:
    """The CSV files of one group, under one header."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        group: Group,
        dataset: Dataset,
        expectation: Expectation,
        folder: Path,
    ) -> None:
        self.notes: tuple[str, ...] = ()
        for file in group.files:
            bounded(file)
        group = replace(group, files=tuple(even(file, folder) for file in group.files))
        self._connection, self._group, self._number = connection, group, id(group)
        delimiter = delimiter_of(group, dataset)
        names = self._names(delimiter, header=dataset.header, known=expectation.names)
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(names)))
        self.relation = Relation(
            f"read_csv({listed(group.paths)}, columns={{{columns}}}, auto_detect=false, header={dataset.header},"
            f" delim={quoted(delimiter)}, quote='\"', escape='\"', max_line_size={LINE_LIMIT}, strict_mode=true,"
            f" buffer_size={4 * LINE_LIMIT}, store_rejects=true, rejects_limit=0,"
            f" rejects_table='{self._table('rows')}', rejects_scan='{self._table('scans')}')",
            tuple(Field(name, f"c{i}") for i, name in enumerate(names)),
            seed=Path(group.paths[0]).name,
        )

    def rows(self, odd: str) -> list[dict[str, Any]]:
        """Nothing is odd in a CSV file: a line is read, or rejected."""
        raise NotImplementedError(odd)

    def unreadable(self, refused: Iterable[tuple[str, str]], limit: int) -> tuple[int, list[Unreadable]]:
        """Count the rejected lines, and explain the first."""
        del refused
        # One line may break several rules, and is met again by every pass.
        rejected = self._connection.sql(
            f"SELECT s.file_path, r.line_byte_position, min_by(r.error_type::VARCHAR, r.column_idx),"
            f" min_by(r.error_message, r.column_idx), count(*) OVER () FROM {self._table('rows')} r"
            f" JOIN {self._table('scans')} s USING (scan_id, file_id) GROUP BY ALL ORDER BY ALL LIMIT {limit}"
        ).fetchall()
        return (rejected[0][-1] if rejected else 0), [self._explained(*found) for *found, _ in rejected]

    def _explained(self, path: str, position: int | None, kind: str, message: str | None) -> Unreadable:
        numbers = f" ({message.rstrip('.')})" if message and "Expected" in message else ""
        reason = f"{REASONS.get(kind, 'The line cannot be read')}{numbers}."
        return Unreadable(file=self._group.url(path), line=line_at(path, position), reason=reason)

    def _table(self, what: str) -> str:
        return f"rejected_{what}_{self._number}"

    def _names(self, delimiter: str, *, header: bool, known: tuple[str, ...]) -> list[str]:
        first = _first_row(self._group.paths[0], delimiter, self._group.url(self._group.paths[0]))
        if not header:
            return [known[i] if i < len(known) else f"_c{i}" for i in range(len(first))]
        if any("\ufffd" in name for name in first):
            url = self._group.files[0].url
            raise InputError("The header is not UTF-8.", file=url, line=1, next_step="Save the file as UTF-8.")
        if known and len(first) == len(known) and not set(first) & set(known):
            where = f"{self._group.files[0].url}:1"
            self.notes = (f"{where}: No name of the header is known to the baseline. Without a header: --no-header.",)
        twice = [name for name, count in Counter(first).items() if count > 1]
        if twice:
            raise InputError(
                f"The header names {twice[0]!r} more than once.",
                file=self._group.files[0].url,
                line=1,
                next_step="Rename the columns, or pass --no-header if the file has none.",
            )
        for file in self._group.files[1:]:
            _same_header(first, _first_row(str(file.path), delimiter, file.url), self._group.files[0].url, file.url)
        return first


def _first_row(path: str, delimiter: str, url: str) -> list[str]:
    start = head(Path(path))
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("The text is UTF-16.", file=url, line=1, next_step="Save it as UTF-8.")
    text = start.decode("utf-8", "replace")
    try:
        row = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), None)
    except csv.Error as error:
        raise InputError(f"The first line cannot be read ({error}).", file=url, line=1, next_step=WHOLE) from None
    if not row:
        raise InputError("The first line is empty.", file=url, line=1, next_step="Give a file that holds rows.")
    if len(row) == 1 and (other := next((d for d in ";\t|" if d in row[0]), None)):
        raise InputError(
            f"The first line has one field with {delimiter!r} as delimiter, but holds {other!r}.",
            file=url,
            line=1,
            next_step=f"Pass --delimiter {other!r}.",
        )
    return row


def _same_header(first: list[str], other: list[str], where: str, file: str) -> None:
    if first == other:
        return
    place = next((i for i, (a, b) in enumerate(zip(first, other, strict=False)) if a != b), min(len(first), len(other)))
    found = [row[place] if place < len(row) else "nothing" for row in (first, other)]
    raise InputError(
        f"The header differs from that of {where}: field {place + 1} is {found[1]!r}, not {found[0]!r}.",
        file=file,
        line=1,
        next_step="Give all files the same header, or pass --no-header if they have none.",
    )
