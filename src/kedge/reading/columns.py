"""From SQL to batches: every value gets its kind, its number or its text, in one DuckDB pass.

The kinds follow the regular expressions of data-quality.md, 3.3, to the letter: ``.5``, ``5.``, ``NaN`` and
``inf`` are texts, ``- 5`` is a number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import nanoarrow
import numpy as np

from kedge.analysis.batch import Batch, Column, Kind, Texts, Vectors
from kedge.analysis.hashing import hash_keys
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import duckdb
    from numpy.typing import NDArray

Number = TypeVar("Number", np.uint8, np.float64)
Source = Literal["text", "integer", "decimal", "boolean", "vector"]
AnyColumn = Column | Vectors

INTEGRAL = r"(-|\+)? ?\d+"
FRACTIONAL = r"(-|\+)? ?\d+((\.\d+)|((?:\.\d+)?[Ee][-+]?\d+))"
USUAL = "usual"
ROWS = 122_880  # in a batch: a row group of DuckDB's own Parquet files
VECTORS = 8_192  # in a batch where a row has thousands of numbers
KEY = (
    "\0key"  # a field that is no feature, but the text that tells a row apart wherever it lies; no data have that name
)
ODD = "odd"  # the column that holds what SQL could not read, NULL for an ordinary row


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a relation: the feature's name, the SQL that yields it, and what that SQL yields.

    ``refused`` says what a column holds that no statistic is defined for; it can only be left out. ``usual`` is
    the kind that its text has in every usual row of the relation, where that is known.
    """

    name: str
    sql: str
    source: Source = "text"
    refused: str | None = None
    usual: Kind | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows in SQL.

    Parameters
    ----------
    sql
        What stands behind ``FROM``.
    fields
        One for each feature, in order.
    odd
        SQL that is NULL for an ordinary row and describes the record otherwise; None where every row is.
    seed
        Names the data, so that rows of other data are sampled independently.
    usual
        SQL that is true for a row whose numbers need no further look: one test in place of two for each field.
    """

    sql: str
    fields: tuple[Field, ...]
    odd: str | None = None
    seed: str = ""
    usual: str = "false"


def batches(
    connection: duckdb.DuckDBPyConnection, relation: Relation, texts: Collection[str]
) -> Iterator[tuple[Batch, list[str]]]:
    """Yield batches in the order of the data, each with the odd records met beside its rows.

    ``texts`` names the columns whose numbers are to be counted as categories too.
    """
    texts = {*texts, KEY}
    relation = replace(relation, fields=tuple(_counted(field, texts) for field in relation.fields))
    names, start = [field.name for field in relation.fields], 0
    size = VECTORS if any(field.source == "vector" for field in relation.fields) else ROWS
    groups = _groups(_arrays(relation, _chunks(connection.sql(_select(relation, texts)))), size)
    for odd, *columns in groups:
        assert isinstance(odd, Column)
        kept = odd.kinds == Kind.MISSING
        if not kept.all():
            columns = [column.where(kept) for column in columns]
        rows = int(kept.sum())
        batch = keyed(dict(zip(names, columns, strict=True)), hash_keys(relation.seed, start, rows))
        yield batch, [odd.texts[i] for i in range(len(odd) - rows)] if odd.texts else []
        start += rows


def keyed(found: dict[str, AnyColumn], places: NDArray[np.uint64]) -> Batch:
    """Return a batch whose rows are told apart by their own keys, where they have some, and else by their places."""
    columns = {name: column for name, column in found.items() if isinstance(column, Column)}
    vectors = {name: column for name, column in found.items() if isinstance(column, Vectors)}
    own = columns.pop(KEY, None)
    if own is not None and own.texts is not None:
        places[own.text_rows] = own.texts.hashes
    return Batch(columns, places, vectors)


def _arrays(relation: Relation, chunks: Iterator[Any]) -> Iterator[list[AnyColumn]]:
    """Yield what is odd and every field, chunk by chunk as DuckDB cuts them."""
    for chunk in chunks:
        buffers = iter([chunk.child(i).view() for i in range(chunk.n_children)])
        odd = _odd(next(buffers), chunk.length) if relation.odd else _nothing(chunk.length)
        yield [odd, *(_read(field, buffers, chunk.length) for field in relation.fields)]


def _groups(chunks: Iterator[list[AnyColumn]], size: int) -> Iterator[list[AnyColumn]]:
    """Cut chunks, whose size depends on the threads at work, into groups of one size, so that sketches do not."""
    held, rows = list[list[AnyColumn]](), 0
    for columns in chunks:
        start, end = 0, len(columns[0])
        while end - start >= size - rows:
            cut = start + size - rows
            held.append([column.cut(start, cut) for column in columns])
            yield [_joined(parts) for parts in zip(*held, strict=True)]
            held, rows, start = [], 0, cut
        if start < end:
            held.append([column.cut(start, end) for column in columns])
            rows += end - start
    if held:
        yield [_joined(parts) for parts in zip(*held, strict=True)]


def _joined(parts: Any) -> AnyColumn:
    return type(parts[0]).joined(parts)  # type: ignore[no-any-return]


def _chunks(query: Any) -> Iterator[Any]:
    try:
        yield from nanoarrow.c_array_stream(query)
    except RuntimeError as error:  # what DuckDB says while it streams
        message = str(error).partition("): ")[2].splitlines()[0] or str(error)
        raise InputError(message, next_step="Check that the file is whole, and its --format.") from None


def _counted(field: Field, texts: Collection[str]) -> Field:
    """Return a typed column as texts, where it is to be counted as categories."""
    if field.source in ("text", "vector") or field.name not in texts:
        return field
    return replace(field, sql=f"({field.sql})::VARCHAR", source="text")


def as_vector(relation: Relation, name: str) -> Relation:
    """Return a relation whose column of that name yields lists of numbers; text such as ``[0.1, 0.2]`` is read as one.

    What is no list of numbers is absent. Single precision stays what it is: most encoders write it.
    """
    return replace(relation, fields=tuple(_as_vector(f) if f.name == name else f for f in relation.fields))


def _as_vector(field: Field) -> Field:
    single = field.refused is not None and "(FLOAT[" in field.refused
    sql = f"TRY_CAST({field.sql} AS {'FLOAT' if single else 'DOUBLE'}[])"
    return replace(field, sql=sql, source="vector", refused=None)


def _select(relation: Relation, texts: Collection[str]) -> str:
    inner = [f"{field.sql} AS c{i}" for i, field in enumerate(relation.fields)]
    outer = [sql for i, field in enumerate(relation.fields) for sql in _expressions(i, field, field.name in texts)]
    if relation.odd:
        inner.append(f"{relation.odd} AS {ODD}")
        outer.insert(0, ODD)
    kinds = [f", {_kind(f'c{i}', f.usual)} AS k{i}" for i, f in enumerate(relation.fields) if f.source == "text"]
    inner.append(f"{relation.usual} AS {USUAL}")
    values = f"SELECT {', '.join(inner)} FROM {relation.sql}"
    return f"SELECT {', '.join(outer)} FROM (SELECT *{''.join(kinds)} FROM ({values}))"


def _kind(c: str, usual: Kind | None) -> str:
    known = f"WHEN {USUAL} THEN {usual:d} " if usual is not None else ""
    return (
        f"(CASE {known}WHEN {c} IS NULL OR {c} = '' THEN {Kind.MISSING:d}"
        # No number begins with a letter: most texts are told by one cheap comparison.
        f" WHEN {c} > ':' THEN CASE WHEN {c} IN ('true', 'false') THEN {Kind.BOOLEAN:d} ELSE {Kind.STRING:d} END"
        f" WHEN NOT contains({c}, '.') AND regexp_full_match({c}, '{INTEGRAL}') THEN {Kind.INTEGRAL:d}"
        f" WHEN regexp_full_match({c}, '{FRACTIONAL}') THEN {Kind.FRACTIONAL:d} ELSE {Kind.STRING:d} END)::UTINYINT"
    )


def _expressions(i: int, field: Field, as_text: bool) -> list[str]:
    c, k = f"c{i}", f"k{i}"
    if field.source == "vector":
        return [c]
    if field.source != "text":
        return [f"{c}::DOUBLE"] + ([f"{c}::VARCHAR"] if field.source == "boolean" else [])
    numeric = f"{k} IN ({Kind.INTEGRAL:d}, {Kind.FRACTIONAL:d})"
    # A number too large for a double is infinite, as in Python.
    infinite = f"CASE WHEN {c} LIKE '-%' THEN '-inf'::DOUBLE ELSE 'inf'::DOUBLE END"
    parsed = f"coalesce(TRY_CAST({c} AS DOUBLE), TRY_CAST(replace({c}, ' ', '') AS DOUBLE), {infinite})"
    number = f"CASE WHEN {numeric} THEN {parsed} END"
    text = f"CASE WHEN {k} >= {1 if as_text else Kind.BOOLEAN:d} THEN {c} END"
    return [k, number, text]


def _read(field: Field, buffers: Iterator[Any], rows: int) -> AnyColumn:
    return _vectors(next(buffers), rows) if field.source == "vector" else _column(field, buffers, rows)


def _vectors(view: Any, rows: int) -> Vectors:
    """Return lists of numbers; a number that is absent is NaN, and a list that is absent is empty."""
    inner = view.child(0)
    width = np.int64 if view.storage_type.startswith("large") else np.int32
    offsets = np.frombuffer(view.buffer(1), width)[view.offset : view.offset + rows + 1].astype(np.int64)
    single = inner.storage_type == "float"
    numbers: NDArray[Any] = np.frombuffer(inner.buffer(1), np.float32 if single else np.float64)
    numbers = numbers[inner.offset : inner.offset + inner.length].copy()  # an inner buffer is gone with its chunk
    if inner.null_count:
        numbers[~_valid(inner, inner.length)] = np.nan
    return Vectors(offsets, numbers)


def _column(field: Field, buffers: Iterator[Any], rows: int) -> Column:
    if field.source == "text":
        kinds = _values(next(buffers), rows, np.uint8)
        numbers = _values(next(buffers), rows, np.float64)
    else:
        view = next(buffers)
        numbers = _values(view, rows, np.float64)
        present = _valid(view, rows) & ~np.isnan(numbers)
        kinds = present.view(np.uint8) * np.uint8(_KIND[field.source])  # what is missing is of kind 0
    texts = _strings(next(buffers), rows) if field.source in ("text", "boolean") else (None, None)
    return Column(kinds, numbers, *texts)


def _odd(view: Any, rows: int) -> Column:
    texts, places = _strings(view, rows)
    odd = _nothing(rows)
    odd.kinds[places] = Kind.STRING
    return Column(odd.kinds, odd.numbers, texts, places)


def _nothing(rows: int) -> Column:
    return Column(np.zeros(rows, np.uint8), np.empty(rows))


_KIND = {"integer": Kind.INTEGRAL, "decimal": Kind.FRACTIONAL, "boolean": Kind.BOOLEAN}


def _valid(view: Any, rows: int) -> NDArray[np.bool_]:
    if view.null_count == 0:
        return np.ones(rows, np.bool_)
    bits = np.frombuffer(view.buffer(0), np.uint8)
    return np.unpackbits(bits, bitorder="little", count=view.offset + rows)[view.offset :].astype(np.bool_)


def _values(view: Any, rows: int, type: type[Number]) -> NDArray[Number]:
    return np.frombuffer(view.buffer(1), type)[view.offset : view.offset + rows]


def _strings(view: Any, rows: int) -> tuple[Texts, NDArray[np.int64]]:
    """Return the texts that are there, and their rows: absent ones take no bytes, so only offsets shrink."""
    width = np.int64 if view.storage_type.startswith("large") else np.int32
    offsets = np.frombuffer(view.buffer(1), width)[view.offset : view.offset + rows + 1].astype(np.int64)
    present = np.flatnonzero(_valid(view, rows))
    ends = offsets if len(present) == rows else np.append(offsets[present], offsets[-1])
    return Texts(ends, np.frombuffer(view.buffer(2), np.uint8)), present
