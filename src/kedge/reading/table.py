"""Rows kept in a table while they are read, to be asked in SQL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb
import nanoarrow
import numpy as np

from kedge.analysis.batch import Kind
from kedge.analysis.questions import Answers, Broken
from kedge.errors import DocumentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch, Column
    from kedge.analysis.documents import SqlConstraint
    from kedge.analysis.questions import Questions


class Table:
    """Keeps of every batch the columns that are asked about, and nothing else.

    Numbers are DOUBLE, everything else is VARCHAR, as it is written; what is missing, or of another type, is
    NULL. Beyond its memory DuckDB spills to its temporary folder. An expression sees this table only: no
    file, no network, no setting.

    Raises
    ------
    DocumentError
        An expression is not SQL, names a column that is not there, or is neither true nor false.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, questions: Questions) -> None:
        self._connection, self._questions = connection, questions
        columns = dict(questions.columns) or {"_": True}  # no table is without columns
        self._kept = {
            "rows": columns if questions.sql else {},
            "keys": {f"k{i}": False for i in range(len(questions.unique))},
        }
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        for table in filter(self._kept.get, self._kept):
            self._create(table, self._kept[table])
        for constraint in questions.sql:
            self._holds(constraint)

    def update(self, batch: Batch) -> None:
        """Keep one batch."""
        keys = {f"k{i}": batch.columns.get(name) for i, name in enumerate(self._questions.unique)}
        self._insert("rows", batch.columns, len(batch))
        self._insert("keys", keys, len(batch))

    def answers(self) -> Answers:
        """Return what the rows say."""
        return Answers(
            repeated={name: self._repeated(f"k{i}") for i, name in enumerate(self._questions.unique)},
            sql=tuple(map(self._broken, self._questions.sql)),
        )

    def _create(self, table: str, columns: Mapping[str, bool]) -> None:
        typed = (f"{_quoted(name)} {'DOUBLE' if numeric else 'VARCHAR'}" for name, numeric in columns.items())
        try:
            self._connection.execute(f"CREATE TABLE {table} ({', '.join(typed)})")
        except duckdb.Error as error:
            raise DocumentError(_said(error), field="sql_constraints", next_step="Name other columns.") from None

    def _insert(self, table: str, found: Mapping[str, Column | None], rows: int) -> None:
        if not (columns := self._kept[table]):
            return
        arrays = [_array(found.get(name), numeric, rows) for name, numeric in columns.items()]
        types = {name: _NUMBER if numeric else _TEXT for name, numeric in columns.items()}
        batch = nanoarrow.c_array_from_buffers(nanoarrow.struct(types), rows, [None], children=arrays)
        self._connection.register("batch", nanoarrow.Array(batch))
        self._connection.execute(f"INSERT INTO {table} FROM batch")
        self._connection.unregister("batch")

    def _repeated(self, key: str) -> int:
        repeated: int = self._connection.sql(f"SELECT count({key}) - count(DISTINCT {key}) FROM keys").fetchall()[0][0]
        return repeated

    def _broken(self, constraint: SqlConstraint) -> Broken:
        counts = "count(*) FILTER (NOT holds), count(*) FILTER (holds IS NULL), count(*)"
        try:
            return Broken(*self._holds(constraint).aggregate(counts).fetchall()[0])
        except duckdb.Error as error:
            raise _refused(constraint, _said(error), "Let it be NULL where it has no answer: TRY_CAST.") from None

    def _holds(self, constraint: SqlConstraint) -> duckdb.DuckDBPyRelation:
        """Return the expression's value in every row; SQLExpression takes one expression and no statement."""
        try:
            found = self._connection.table("rows").select(duckdb.SQLExpression(constraint.expression).alias("holds"))
        except duckdb.Error as error:
            unknown = re.search(r'Referenced column "(.+?)" not found', str(error))
            nearest = did_you_mean(unknown[1], self._questions.features) if unknown else ""
            raise _refused(constraint, _said(error) + nearest, "Mend the expression.") from None
        if str(found.types[0]) != "BOOLEAN":
            raise _refused(constraint, f"It is a {found.types[0]}.", "Write what is true or false, such as a < b.")
        return found


def _array(column: Column | None, numeric: bool, rows: int) -> Any:
    """Return a column as Arrow, NULL where there is nothing of its type."""
    if column is None or (column.texts is None and not numeric):
        kind = _NUMBER if numeric else _TEXT
        values = [np.zeros(rows)] if numeric else [np.zeros(rows + 1, np.int64), np.zeros(0, np.uint8)]
        return nanoarrow.c_array_from_buffers(kind, rows, [_bits(np.zeros(rows, np.bool_)), *values])
    if numeric:
        present = (column.kinds == Kind.INTEGRAL) | (column.kinds == Kind.FRACTIONAL)
        return nanoarrow.c_array_from_buffers(_NUMBER, rows, [_bits(present), np.ascontiguousarray(column.numbers)])
    assert column.texts is not None
    lengths, present = np.zeros(rows, np.int64), np.zeros(rows, np.bool_)
    lengths[column.text_rows], present[column.text_rows] = np.diff(column.texts.offsets), True
    offsets = np.concatenate([[0], np.cumsum(lengths)]) + column.texts.offsets[0]
    return nanoarrow.c_array_from_buffers(_TEXT, rows, [_bits(present), offsets, column.texts.data])


_NUMBER, _TEXT = nanoarrow.float64(), nanoarrow.large_string()


def _bits(valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.packbits(valid, bitorder="little")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _said(error: duckdb.Error) -> str:
    """Return the first line of what DuckDB says, without its own prefix."""
    first = str(error).splitlines()[0]
    return (first.partition("Error: ")[2] or first).rstrip(".!") + "."


def _refused(constraint: SqlConstraint, message: str, next_step: str) -> DocumentError:
    place = f"sql_constraints[{constraint.name!r}].expression"
    return DocumentError(f"{constraint.expression}: {message}", field=place, next_step=next_step)
