"""Tables as Parquet files, one each."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kedge.domain.history import Column, Columns
    from kedge.ports import ObjectStore

    Rows = Iterable[tuple[str, Mapping[str, Any]]]

TYPES: Final[Mapping[Column, str]] = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "count": "BIGINT",
    "time": "TIMESTAMPTZ",
    "flag": "BOOLEAN",
}
# One thread, so that the same rows are the same bytes.
SETTINGS: Final[dict[str, Any]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 1,
}


@dataclass(frozen=True)
class Parquet:
    """Writes tables to a store."""

    store: ObjectStore

    def write(self, url: str, tables: Mapping[str, Columns], rows: Rows) -> dict[str, int]:
        """Write every table below ``url``, in place of an earlier one, and return how many rows each has.

        Rows come with the name of their table, and lie on disk until all are there. Of the files the last is away while
        the others change.
        """
        with tempfile.TemporaryDirectory(prefix="kedge-") as folder:
            counts = _kept(Path(folder), tables, rows)
            files = {f"{name}.parquet": _packed(Path(folder, name), columns) for name, columns in tables.items()}
        self.store.write(url, files)
        return counts


def _kept(folder: Path, tables: Mapping[str, Columns], rows: Rows) -> dict[str, int]:
    """Keep rows as lines of JSON, a file for each table."""
    counts = dict.fromkeys(tables, 0)
    with ExitStack() as opened:
        files = {name: opened.enter_context((folder / name).open("w", encoding="utf-8")) for name in tables}
        for name, row in rows:
            files[name].write(json.dumps(row, default=datetime.isoformat) + "\n")
            counts[name] += 1
    return counts


def _packed(file: Path, columns: Columns) -> bytes:
    """Return the Parquet file of rows that were kept."""
    types = {name: TYPES[column] for name, column in columns.items()}
    with duckdb.connect(":memory:", config=SETTINGS) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.read_json(str(file), columns=types, format="newline_delimited")
        rows.write_parquet(f"{file}.parquet", compression="zstd")
    return Path(f"{file}.parquet").read_bytes()
