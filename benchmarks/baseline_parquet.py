"""``kedge baseline`` of Parquet, 30 mixed columns, beside systems that summarise the same file.

They do less: Polars takes four exact figures a column, DuckDB adds approximate quartiles and distinct counts,
whylogs keeps sketches. ``kedge baseline`` writes statistics, constraints and a profile that merges.
"""

from __future__ import annotations

import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .data import mixed
from .measure import KEDGE, MEMORY_LIMIT, Contender, Limit, Options, race, table, warm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT_MOST = {1_000_000: Limit("ratio", 3), 5_000_000: Limit("ratio", 5)}  # of the time that Polars takes
MEMORY = Limit("peak", MEMORY_LIMIT)
POLARS = """
import sys, polars as pl, polars.selectors as cs
rows, numbers = pl.scan_parquet(sys.argv[1]), cs.numeric()
print(rows.select(
    numbers.min().name.suffix("_min"),
    numbers.max().name.suffix("_max"),
    numbers.mean().name.suffix("_mean"),
    pl.all().null_count().name.suffix("_nulls"),
).collect(engine="streaming"))
"""
DUCKDB = """
import sys, duckdb
print(duckdb.execute("SUMMARIZE SELECT * FROM read_parquet(?)", [sys.argv[1]]).fetchall())
"""
WHYLOGS = """
import sys, duckdb, whylogs
rows = duckdb.execute("SELECT * FROM read_parquet(?)", [sys.argv[1]]).df()
print(whylogs.log(rows).view().to_pandas())
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for each number of rows; the largest is for the memory alone."""
    small, large = (200_000, 1_000_000) if options.quick else (1_000_000, 5_000_000)
    for rows in (small, large):
        path = warm(mixed(options.data, rows))
        yield f"Baseline of Parquet, {rows:,} rows x 30 columns, {path.stat().st_size / 1e6:,.0f} MB"
        with TemporaryDirectory() as output:
            contenders = [_kedge(path, output)]
            if options.peers:
                contenders += _others(options.peers, path, rows)
            if options.peers and rows == small:
                contenders.append(_whylogs(options.peers, path))
            timings = race(contenders, options.rounds)
            yield table(timings)
    if not options.quick:
        path = warm(mixed(options.data, 2 * large))
        yield f"The same, {2 * large:,} rows: the memory is to be that of {large:,}, but for noise"
        with TemporaryDirectory() as output:
            same = Limit("peak", 1.05 * timings[0].middle("peak"))
            yield table(race([_kedge(path, output, same)], 1))


def _kedge(path: Path, output: str, limit: Limit = MEMORY) -> Contender:
    command = (sys.executable, "-m", "kedge", "baseline", str(path), "--output", output)
    return Contender(KEDGE, command, limit)


def _others(peers: str, path: Path, rows: int) -> list[Contender]:
    return [
        Contender("Polars, streaming", (peers, "-c", POLARS, str(path)), AT_MOST.get(rows)),
        Contender("DuckDB SUMMARIZE", (peers, "-c", DUCKDB, str(path)), Limit("ratio", 1)),
    ]


def _whylogs(peers: str, path: Path) -> Contender:
    # One round: it takes long, and its distance is not a matter of noise.
    return Contender("whylogs", (peers, "-c", WHYLOGS, str(path)), Limit("ratio", 1 / 15), rounds=1)
