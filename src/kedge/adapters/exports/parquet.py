"""Tables as Parquet files, one each."""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kedge.domain.history import Column, Columns

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


class Parquet:
    """Writes tables to a folder."""

    def write(self, folder: Path, tables: Mapping[str, Columns], rows: Rows) -> dict[str, int]:
        """Write every table, a file each, and return how many rows each has.

        Rows come with the name of their table, and lie on disk until all are there.
        """
        with tempfile.TemporaryDirectory(prefix="kedge-") as aside:
            counts = _kept(Path(aside), tables, rows)
            for name, columns in tables.items():
                _pack(Path(aside, name), columns, folder / f"{name}.parquet")
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


def _pack(file: Path, columns: Columns, into: Path) -> None:
    """Make a Parquet file of rows that were kept."""
    types = {name: TYPES[column] for name, column in columns.items()}
    with duckdb.connect(":memory:", config=SETTINGS) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.read_json(str(file), columns=types, format="newline_delimited")
        rows.write_parquet(str(into), compression="zstd")
