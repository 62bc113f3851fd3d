"""Parquet files: typed columns, nested structures flattened to dotted names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge.reading.columns import Field, Relation
from kedge.reading.reader import listed, named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

    from kedge.analysis.report import Unreadable
    from kedge.reading.columns import Source
    from kedge.reading.files import Group

SOURCES: dict[str, Source] = {
    "boolean": "boolean",
    "float": "decimal",
    "double": "decimal",
    **dict.fromkeys(["tinyint", "smallint", "integer", "bigint", "hugeint"], "integer"),
    **dict.fromkeys(["utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"], "integer"),
}
REFUSED = {"list": "lists", "array": "lists", "map": "maps", "blob": "bytes", "union": "unions"}


class ParquetFiles:
    """The Parquet files of one group; a column that only some have is missing in the others."""

    notes: tuple[str, ...] = ()

    def __init__(self, connection: duckdb.DuckDBPyConnection, group: Group) -> None:
        read = f"read_parquet({listed(group.paths)}, union_by_name=true)"
        self.relation = Relation(read, typed_fields(connection, read), seed=Path(group.paths[0]).name)

    def rows(self, odd: str) -> list[dict[str, Any]]:
        """Nothing is odd in a Parquet file."""
        raise NotImplementedError(odd)

    def unreadable(self, refused: Iterable[tuple[str, str]], limit: int) -> tuple[int, list[Unreadable]]:
        """Nothing: a Parquet file is read whole or not at all."""
        del refused, limit
        return 0, []


def typed_fields(connection: duckdb.DuckDBPyConnection, source: str) -> tuple[Field, ...]:
    """Return the columns of a typed relation, structures flattened; lists, maps, bytes and unions are refused."""
    described = connection.sql(f"SELECT * FROM {source} LIMIT 0")
    return tuple(
        field
        for name, type in zip(described.columns, described.types, strict=True)
        for field in _fields(name, named(name), type)
    )


def _fields(name: str, sql: str, type: Any) -> Iterator[Field]:
    if type.id == "struct":
        for child, inner in type.children:
            yield from _fields(f"{name}.{child}", f"{sql}.{named(child)}", inner)
    elif type.id in REFUSED:
        yield Field(name, sql, refused=f"{REFUSED[type.id]} ({type})")
    else:
        whole = type.id == "decimal" and str(type).endswith(",0)")
        source = "integer" if whole else "decimal" if type.id == "decimal" else SOURCES.get(type.id, "text")
        yield Field(name, f"{sql}::VARCHAR" if source == "text" else sql, source)
