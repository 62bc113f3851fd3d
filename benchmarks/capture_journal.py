"""Does the journal keep up: 20,000 records a second from a process on one processor, while a shipper empties it.

The process that records also makes the exchanges, so that its requests and its thread share one processor and one
interpreter, as in a server. ``kedge capture ship`` runs beside it, into a local folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, process_time, sleep
from typing import TYPE_CHECKING

from kedge.capture import Capture, CaptureConfig, Exchange
from kedge.capture.counts import Counts

from .measure import MIB, Options, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE, SECONDS = 20_000, 60
BEAT_SECONDS = 0.005
GROWTH_MIB = 5.0  # what is flat
ASKED = ",".join(f"{i * 0.7071:.4f}" for i in range(20)).encode()
EXCHANGE = Exchange(ASKED, b"0.4142\n", "text/csv", "text/csv", inference_id="order-17")


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table."""
    seconds = 5 if options.quick else SECONDS
    yield f"{RATE:,} records a second for {seconds} s on one processor"
    with TemporaryDirectory() as folder:
        shipper = _shipper(folder)
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.capture_journal", folder, str(seconds)],
            stdout=subprocess.PIPE,
            check=True,
        ).stdout.split()
        shipper.communicate()
        recorded, journalled, dropped = map(int, told[:3])
        rate, busy, before, after, pause = map(float, told[3:])
        files = [*Path(folder, "shipped").rglob("*.jsonl")]
        shipped, left = (
            sum(file.read_bytes().count(b"\n") for file in files),
            [*Path(folder).glob("journal/*/files/**/*.*")],
        )
    lines = [
        ("records a second", f"{rate:,.0f}", f"at least {0.99 * RATE:,.0f}", rate >= 0.99 * RATE),
        ("recorded", f"{recorded:,}", "", None),
        ("journalled", f"{journalled:,}", "all", journalled == recorded),
        ("dropped", f"{dropped:,}", "none", not dropped),
        ("shipped", f"{shipped:,}", "all", shipped == recorded and not left),
        ("of the processor", f"{busy:.0%}", "", None),
        ("longest pause that the machine made, s", f"{pause:.2f}", "", None),
        (
            "MiB, after a sixth of the time and in the end",
            f"{before:.1f}, {after:.1f}",
            "flat",
            after - before <= GROWTH_MIB,
        ),
    ]
    yield markdown(
        ("", "", "target", ""), [(*line, "" if met is None else "met" if met else "missed") for *line, met in lines]
    )


def _shipper(folder: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kedge", "capture", "ship", f"{folder}/journal"]
    options = ["--destination", f"{folder}/shipped", "--until-input-ends"]
    Path(folder, "journal").mkdir()
    return subprocess.Popen([*command, *options], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)


def main(folder: str, seconds: str) -> None:
    """Record at the rate on one processor, and print what came of it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    settings = {"disk_share": 1, "file_seconds": 2}
    capture = Capture(CaptureConfig(endpoint="bench", journal=f"{folder}/journal", **settings))
    start, done, before, pause = monotonic(), 0, 0.0, 0
    while (now := monotonic() - start) < float(seconds):
        due = int(now * RATE)
        pause = max(pause, due - done)
        for _ in range(due - done):
            if capture.wants("order-17"):
                capture.record(EXCHANGE)
        done = due
        before = before or (_rss() if now > float(seconds) / 6 else 0.0)
        sleep(BEAT_SECONDS)
    rate, busy, after = done / now, process_time() / now, _rss()
    capture.close(60)
    counts: Counts = capture.counts()
    print(done, counts.journalled, sum(counts.dropped.values()), rate, busy, before, after, pause / RATE)


def _rss() -> float:
    """Return the memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB


if __name__ == "__main__":
    main(*sys.argv[1:])
