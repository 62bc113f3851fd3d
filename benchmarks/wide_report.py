"""Two frames of few rows and many columns to a finished page: where cost by column shows, and the page's size."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from .data import mixed
from .measure import KEDGE, Contender, Limit, Options, markdown, race, table

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS, COLUMNS = 1400, 380
PAGE_LIMIT = 1e6  # bytes
KEDGE_CODE = """
import sys, pandas as pd, kedge
first, second = (pd.read_parquet(path) for path in sys.argv[2:])
kedge.check(second, kedge.baseline(first)).save(sys.argv[1])
"""
EVIDENTLY = """
import sys, pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
first, second = (pd.read_parquet(path) for path in sys.argv[2:])
Report([DataDriftPreset()]).run(second, first).save_html(sys.argv[1])
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for the time, and for the bytes of the page."""
    paths = tuple(str(mixed(options.data, ROWS, COLUMNS, start=start)) for start in (0, ROWS))
    with TemporaryDirectory() as folder:
        output, other = f"{folder}/report", f"{folder}/evidently.html"
        yield f"Two frames to a finished report, {ROWS:,} and {ROWS:,} rows x {COLUMNS} columns"
        contenders = [Contender(KEDGE, (sys.executable, "-c", KEDGE_CODE, output, *paths))]
        if options.peers:
            command = (options.peers, "-c", EVIDENTLY, other, *paths)
            contenders.append(Contender("Evidently DataDriftPreset", command, Limit("ratio", 1 / 30), rounds=1))
        yield table(race(contenders, options.rounds))
        pages = {KEDGE: Path(output, "report.html"), "Evidently": Path(other)}
        sizes = {name: page.stat().st_size for name, page in pages.items() if page.exists()}
        yield markdown(("page", "MB", "target", ""), [_size(name, size) for name, size in sizes.items()])


def _size(name: str, size: int) -> tuple[str, ...]:
    target = ("under 1.0", "met" if size < PAGE_LIMIT else "missed") if name == KEDGE else ("", "")
    return (name, f"{size / 1e6:.2f}", *target)
