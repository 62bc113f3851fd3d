"""From capture records in JSON Lines to a verdict, beside DuckDB's bare read of the same file.

The bare read is the floor: it takes every record apart, splits its payloads, casts the 21 fields and adds them up.
``kedge check`` judges every record, sketches every field, and compares with the baseline.
"""

from __future__ import annotations

import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .data import FEATURES, capture, training
from .measure import KEDGE, MEMORY_LIMIT, Contender, Limit, Options, race, table, warm

if TYPE_CHECKING:
    from collections.abc import Iterator

TRAINING_ROWS = 100_000
TEXTS = 2  # the last features
SIDE = "STRUCT(data VARCHAR, encoding VARCHAR)"
RECORDS = f"""
    read_json(?, format = 'newline_delimited', columns = {{
        captureData: 'STRUCT(endpointInput {SIDE}, endpointOutput {SIDE})',
        eventMetadata: 'STRUCT(eventId VARCHAR, inferenceTime VARCHAR)'}})
"""
DUCKDB = """
import sys, duckdb
print(duckdb.execute(sys.argv[1], [sys.argv[2]]).fetchall())
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for each number of records and kind of payload."""
    sizes = (100_000,) if options.quick else (500_000, 2_000_000)
    with TemporaryDirectory() as baseline:
        _learn(str(training(options.data, TRAINING_ROWS)), baseline)
        for records in sizes:
            for encoding in ("CSV", "JSON"):
                path = warm(capture(options.data, records, encoding))
                size = path.stat().st_size / 1e6
                yield f"Capture to verdict, {records:,} records, {encoding} payloads, {size:,.0f} MB"
                contenders = _contenders(options.peers, str(path), baseline, encoding)
                yield table(race(contenders, options.rounds))


def _contenders(peers: str | None, path: str, baseline: str, encoding: str) -> list[Contender]:
    check = (sys.executable, "-m", "kedge", "check", path, "--baseline", baseline, "--exit-zero")
    kedge = Contender(KEDGE, check, Limit("peak", MEMORY_LIMIT))
    if peers is None:
        return [kedge]
    read = (peers, "-c", DUCKDB, _bare_read(encoding), path)
    return [kedge, Contender("DuckDB, bare read", read, Limit("ratio", 3))]


def _learn(path: str, output: str) -> None:
    command = (sys.executable, "-m", "kedge", "baseline", path, "--output", output)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _bare_read(encoding: str) -> str:
    split = {
        "CSV": "string_split({side}.data, ',')",
        "JSON": "json_extract_string({side}.data, {paths})",
    }[encoding]
    paths = [f"$.x{i}" for i in range(FEATURES)]
    asked = split.format(side="captureData.endpointInput", paths=paths)
    told = split.format(side="captureData.endpointOutput", paths=["$.prediction"])
    fields = ["told[1]", *(f"asked[{i + 1}]" for i in range(FEATURES))]
    figures = [f"sum(TRY_CAST({field} AS DOUBLE))" for field in fields[:-TEXTS]]
    figures += [f"max({field})" for field in fields[-TEXTS:]]
    return f"SELECT {', '.join(figures)} FROM (SELECT {asked} AS asked, {told} AS told FROM {RECORDS})"
