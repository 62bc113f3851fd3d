"""Captures with their labels to merged records, beside DuckDB's bare read of the same files.

The bare read is the floor: it takes ids and payloads out of every record and counts them. The join reads the captures
twice, the labels once, and writes as much as it has read.
"""

from __future__ import annotations

import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .data import captured_day
from .measure import KEDGE, MIB, Contender, Limit, Options, race, table, warm

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_LIMIT = "2GB"  # what DuckDB is allowed
PEAK = 4e9 / MIB
JOIN = f"""
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.domain.dataset import Dataset
from kedge.domain.ground_truth import Truth

engine = Engine(Local(), memory_limit="{MEMORY_LIMIT}")
with TemporaryDirectory(dir=sys.argv[3]) as folder:
    joined = engine.join(Dataset(sys.argv[1]), Truth(sys.argv[2]), Path(folder), lambda _: None)
assert joined.labelled == joined.captures.rows == joined.truth.rows, joined
"""
BARE = """
import sys, duckdb
read = "read_json(?, format = 'newline_delimited', columns = {%s, eventMetadata: 'STRUCT(%s)'})"
asked = read % ("captureData: 'JSON'", "inferenceId VARCHAR, inferenceTime VARCHAR")
told = read % ("groundTruthData: 'STRUCT(data VARCHAR)'", "eventId VARCHAR")
figures = "count(captureData), count(eventMetadata.inferenceId), max(eventMetadata.inferenceTime)"
print(duckdb.execute(f"SELECT {figures} FROM {asked}", [f"{sys.argv[1]}/**/*.jsonl"]).fetchall())
figures = "count(groundTruthData.data), count(eventMetadata.eventId)"
print(duckdb.execute(f"SELECT {figures} FROM {told}", [f"{sys.argv[2]}/**/*.jsonl"]).fetchall())
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for as many captures as labels."""
    rows = 1_000_000 if options.quick else 10_000_000
    live, labels = captured_day(options.data, rows)
    size = sum(warm(path).stat().st_size for folder in (live, labels) for path in folder.rglob("*.jsonl")) / 1e6
    yield f"{rows:,} captures joined with {rows:,} labels, {size:,.0f} MB, within {MEMORY_LIMIT} for DuckDB"
    with TemporaryDirectory(dir=options.data) as folder:
        given = (str(live), str(labels), folder)
        kedge = Contender(KEDGE, (sys.executable, "-c", JOIN, *given), Limit("peak", PEAK))
        bare = Contender("DuckDB, bare read", (sys.executable, "-c", BARE, *given))
        yield table(race([kedge, bare], options.rounds))
