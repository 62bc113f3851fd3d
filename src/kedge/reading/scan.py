"""One pass over a reader: ordinary rows from SQL, odd records through Python, an account of the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kedge.analysis.batch import Kind
from kedge.analysis.report import Reading
from kedge.errors import InputError, SettingError, did_you_mean
from kedge.reading.columns import as_vector, batches
from kedge.reading.rows import batch as batch_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import duckdb

    from kedge.analysis.batch import Batch
    from kedge.domain.dataset import Dataset
    from kedge.reading.columns import Relation
    from kedge.reading.reader import Reader

SNIFFED_ROWS = 20_000  # enough to see whether a column's values are texts
ODD_ROWS = 10_000  # rows of odd records that make a batch
REFUSED = 10_000  # refused records that are kept to be explained; the others are only counted
EXAMPLES = 10  # unreadable records that are shown


class Scan:
    """The rows of one reader, as often as they are asked for."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, reader: Reader, dataset: Dataset, vector: str | None = None
    ) -> None:
        self._connection, self._reader, self._exclude = connection, reader, dataset.exclude
        relation = as_vector(reader.relation, vector) if vector else reader.relation
        _refuse_unknown(relation, vector, dataset.url)
        self._relation, self._vector = without(relation, dataset.exclude, dataset.url), vector
        self._refused: list[tuple[str, str]] = []
        self._refusals = 0

    def batches(self, texts: Collection[str], only: Collection[str] | None = None) -> Iterator[Batch]:
        """Yield every row that can be read, of the columns ``only`` where given."""
        self._refused, self._refusals = [], 0
        relation, rows = self._relation, _Rows(texts, self._relation.seed, self._vector)
        if only is not None:
            relation = replace(relation, fields=tuple(f for f in relation.fields if f.name in only))
        for batch, odd in batches(self._connection, relation, texts):
            yield batch
            for record in odd:
                rows.add(self._odd_rows(record, only))
            yield from rows.full(ODD_ROWS)
        yield from rows.full(1)

    def texts(self) -> frozenset[str]:
        """Return the columns whose first values hold texts."""
        known = tuple(field for field in self._relation.fields if field.source != "vector")
        limited = replace(
            self._relation, sql=f"(SELECT * FROM {self._relation.sql} LIMIT {SNIFFED_ROWS})", fields=known
        )
        if all(field.source != "text" for field in limited.fields) and not limited.odd:
            return frozenset()
        first = list(batches(self._connection, limited, ()))
        return frozenset(
            name
            for batch, odd in first
            for found in (batch, *self._sniffed(odd))
            for name, column in found.columns.items()
            if column.counts[Kind.STRING]
        )

    def account(self, rows: int) -> Reading:
        """Return what was read by the last pass, with examples of what was not."""
        found, examples = self._reader.unreadable(self._refused, EXAMPLES)
        unreadable = max(found, self._refusals)
        return Reading(rows=rows, unreadable=unreadable, examples=examples, notes=list(self._reader.notes))

    def _odd_rows(self, record: str, only: Collection[str] | None = None) -> list[dict[str, Any]]:
        try:
            rows = self._reader.rows(record)
        except InputError as error:
            self._refusals += 1
            if len(self._refused) < REFUSED:
                self._refused.append((record, str(error)))
            return []
        kept = only if only is not None else None
        return [
            {name: value for name, value in row.items() if name not in self._exclude and (kept is None or name in kept)}
            for row in rows
        ]

    def _sniffed(self, odd: list[str]) -> Iterator[Batch]:
        rows = [row for record in odd[:1000] for row in self._odd_rows(record)]
        if rows:
            yield batch_of(rows, (), "", 0, self._vector)


class _Rows:
    """Rows of odd records, gathered to batches."""

    def __init__(self, texts: Collection[str], seed: str, vector: str | None = None) -> None:
        self._texts, self._seed, self._held, self._given = texts, seed, list[dict[str, Any]](), 0
        self._vector = vector

    def add(self, rows: list[dict[str, Any]]) -> None:
        self._held.extend(rows)

    def full(self, size: int) -> Iterator[Batch]:
        if len(self._held) >= size:
            yield batch_of(self._held, self._texts, self._seed, self._given, self._vector)
            self._given += len(self._held)
            self._held = []


def _refuse_unknown(relation: Relation, vector: str | None, where: str) -> None:
    """Refuse data without the column of the vectors, where all its columns are known."""
    names = [field.name for field in relation.fields]
    if vector and vector not in names and names and not relation.odd:
        raise InputError(
            f"There is no column {vector!r} that could hold vectors.{did_you_mean(vector, names)}",
            file=where,
            next_step="Name the column that does: --column, or --probability of bias.",
        )


def without(relation: Relation, exclude: tuple[str, ...], where: str) -> Relation:
    """Return a relation without the columns that are left out.

    Raises
    ------
    InputError
        One that is left holds what no statistic is defined for.
    SettingError
        One that is to be left out is not there.
    """
    names = [field.name for field in relation.fields]
    refused = next((f for f in relation.fields if f.refused and f.name not in exclude), None)
    if refused:
        raise InputError(
            f"The column holds {refused.refused}, which no statistic is defined for.",
            file=where,
            field=refused.name,
            next_step=f"Leave it out with --exclude {refused.name}, or write its parts as columns of their own.",
        )
    unknown = [name for name in exclude if name not in names]
    if unknown and names and not relation.odd:
        raise SettingError(
            f"There is no column {unknown[0]!r} to leave out.{did_you_mean(unknown[0], names)}",
            field="exclude",
        )
    return replace(relation, fields=tuple(field for field in relation.fields if field.name not in exclude))
