"""Any interval from profiles: a month of hours of 100 columns, from the hours alone and rolled up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from .data import mixed
from .measure import Options, calibration, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

COLUMNS = 100
DAYS = 30
DIFFERENT = 5  # hours; the others are these over again
HOUR_ROWS = 1_000
LIMITS = {"moments, 100 features": 1.0, "quantiles, 1 feature": 2.0}
ASK = """
import json, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from kedge.analysis.asked import asked
from kedge.app import memory
from kedge.domain.question import Question
from kedge.domain.window import Window, format_time
from kedge.service.memory.query import query

folder, days, *paths = sys.argv[1:]
hours, hour = 24 * int(days), timedelta(hours=1)
start = datetime(2026, 11, 1, tzinfo=UTC)
contents = [Path(path).read_bytes() for path in paths]
figures = {}

with memory(f"sqlite:///{folder}/kedge.db", f"{folder}/profiles") as memory:
    for place in range(hours):
        window = Window(start + place * hour, start + (place + 1) * hour)
        times = json.dumps([format_time(window.start), format_time(window.end)], separators=(",", ":")).encode()
        report = Path(folder, "reports", f"{window.start:%Y/%m/%d/%H}")
        report.mkdir(parents=True)
        report.joinpath("profile.json").write_bytes(
            contents[place % len(contents)].replace(b'"window":null', b'"window":' + times, 1)
        )
        memory.remember("data-quality", "fraud", window, str(report))

    def ask(what, first, last, names, features=()):
        question = Question("data-quality", "fraud", None, first, last, features)
        begun = perf_counter()
        answer = query(memory.index, memory.store, folder, question, asked(names, {}))
        figures[what] = [perf_counter() - begun, sum(answer.merged.values())]

    def both(how, first, last):
        ask(f"{how}: moments, 100 features", first, last, ["mean", "std_dev", "completeness"])
        ask(f"{how}: quantiles, 1 feature", first, last, ["p1", "p50", "p99"], ("f0_0",))

    end = start + hours * hour
    both("720 hours", start, end)
    begun = perf_counter()
    made = memory.roll_up(end)
    figures["roll up"] = [perf_counter() - begun, len(made)]
    both("rolled up", start, end)
    both("rolled up, without the first and the last hour", start + hour, end - hour)
print(json.dumps(figures))
"""


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table."""
    days = 3 if options.quick else DAYS
    with TemporaryDirectory() as folder:
        paths = [_hour(options.data, Path(folder), hour) for hour in range(DIFFERENT)]
        command = (sys.executable, "-c", ASK, folder, str(days), *paths)
        found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    yield f"{days} days of hours of {COLUMNS} columns; the calibration loop takes {calibration():.2f} s"
    yield markdown(("what", "s", "profiles", "target", ""), [_line(what, *found[what]) for what in found])


def _line(what: str, seconds: float, profiles: int) -> tuple[str, ...]:
    limit = LIMITS.get(what.partition(": ")[2]) if what.startswith("rolled up") else None
    target = ("", "") if limit is None else (f"under {limit:g} s", "met" if seconds < limit else "missed")
    return (what, f"{seconds:.3f}", str(profiles), *target)


def _hour(data: Path, folder: Path, hour: int) -> str:
    rows = mixed(data, HOUR_ROWS, COLUMNS, start=hour * HOUR_ROWS)
    output = folder / f"hour{hour}"
    command = (sys.executable, "-m", "kedge", "baseline", str(rows), "--output", str(output))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return str(output / "profile.json")
