"""Profiles of hours into one: the seconds of a merge, and the bytes that a profile takes for a column."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from .data import mixed
from .measure import KEDGE, Contender, Options, markdown, race, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COLUMNS = 100
HOURS = 10  # different profiles; more than that are these over again
HOUR_ROWS = 10_000
FOLD = """
import json, sys
from functools import reduce
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter
from kedge.analysis.profile import Profile
from kedge.reading.documents import read_profiles, write_profiles

times, *paths = sys.argv[1:]
start = perf_counter()
profiles = [read_profiles(Path(path).read_bytes(), path)[0] for path in paths]
read = perf_counter()
merged = reduce(Profile.merge, islice(cycle(profiles), int(times)))
folded = perf_counter()
size = len(write_profiles([merged]))
figures = {"read": (read - start) / len(paths), "merge": folded - read, "write": perf_counter() - folded}
print(json.dumps({**figures, "size": size}))
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for merging in memory, and for the command."""
    times, files = (100, 20) if options.quick else (1000, 100)
    with TemporaryDirectory() as folder:
        paths = [_hour(options.data, Path(folder), hour) for hour in range(HOURS)]
        yield f"Merging {times:,} profiles of {COLUMNS} columns, in memory"
        yield markdown(("what", "figure"), list(_figures(times, paths)))
        yield f"Merging the files of {files} profiles of {COLUMNS} columns"
        repeated = (paths * files)[:files]
        command = (sys.executable, "-m", "kedge", "merge", *repeated, "--output", f"{folder}/day.json")
        yield table(race([Contender(KEDGE, command)], 1))


def _hour(data: Path, folder: Path, hour: int) -> str:
    rows = mixed(data, HOUR_ROWS, COLUMNS, start=hour * HOUR_ROWS)
    output = folder / str(hour)
    command = (sys.executable, "-m", "kedge", "baseline", str(rows), "--output", str(output))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return str(output / "profile.json")


def _figures(times: int, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    command = (sys.executable, "-c", FOLD, str(times), *paths)
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    yield f"merge {times:,} profiles, s", f"{found['merge']:.2f}"
    yield "merge two profiles, a column, us", f"{found['merge'] / times / COLUMNS * 1e6:.0f}"
    yield "read one profile, s", f"{found['read']:.3f}"
    yield "write the merged profile, s", f"{found['write']:.3f}"
    yield f"bytes a column, an hour of {HOUR_ROWS:,} rows", f"{Path(paths[0]).stat().st_size / COLUMNS:,.0f}"
    yield "bytes a column, merged", f"{found['size'] / COLUMNS:,.0f}"
