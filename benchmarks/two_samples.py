"""Two Parquet files to a verdict: learn from one, check the other, beside those who compare two samples.

Evidently runs its preset as it comes (it chooses a test for each column); scipy takes the exact Kolmogorov-Smirnov
distance of two columns at a time. kedge writes no files here, nor do the others.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from .data import mixed
from .measure import KEDGE, MEMORY_LIMIT, Contender, Limit, Options, race, table, warm

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = 20  # all floats
KEDGE_CODE = """
import sys, kedge
print(kedge.check(sys.argv[2], kedge.baseline(sys.argv[1])).violations)
"""
SCIPY = """
import sys, duckdb
from scipy.stats import ks_2samp
first, second = (duckdb.execute("SELECT * FROM read_parquet(?)", [path]).fetchnumpy() for path in sys.argv[1:])
for name in first:
    print(name, ks_2samp(*(side[name].compressed() if hasattr(side[name], "compressed") else side[name]
                           for side in (first, second))))
"""
EVIDENTLY = """
import sys, pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
first, second = (pd.read_parquet(path) for path in sys.argv[1:])
print(len(Report([DataDriftPreset()]).run(second, first).json()))
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table."""
    rows = 100_000 if options.quick else 1_000_000
    paths = tuple(str(warm(mixed(options.data, rows, COLUMNS, start=start))) for start in (0, rows))
    yield f"Two samples to a verdict, {rows:,} and {rows:,} rows x {COLUMNS} columns, Parquet"
    contenders = [Contender(KEDGE, (sys.executable, "-c", KEDGE_CODE, *paths), Limit("peak", MEMORY_LIMIT))]
    if options.peers:
        scipy, evidently = ((options.peers, "-c", code, *paths) for code in (SCIPY, EVIDENTLY))
        contenders += [
            Contender("scipy ks_2samp, load included", scipy, Limit("ratio", 1)),
            Contender("Evidently DataDriftPreset", evidently, Limit("ratio", 1 / 20), rounds=1),
        ]
    yield table(race(contenders, options.rounds))
