"""Whole processes, in turns: wall, processor and memory of each, and the ratio of kedge to every other.

A machine that others share speeds up and slows down from minute to minute. So the contenders take turns
(A B C, A B C), and a ratio is the median of the ratios of single rounds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEDGE = "kedge"
MIB = 1 << 20
MEMORY_LIMIT = 700e6 / MIB
RSS_UNIT = 1 if sys.platform == "darwin" else 1 << 10  # ru_maxrss counts bytes there, and KiB on Linux


@dataclass(frozen=True, slots=True)
class Options:
    """What every program is told: the peers' Python (None runs kedge alone), the data's folder, and how much.

    ``clarify`` is a Python that has smclarify, which needs an older pandas than the other peers.
    """

    peers: str | None
    data: Path
    quick: bool
    clarify: str | None = None

    @property
    def rounds(self) -> int:
        return 1 if self.quick else 3


@dataclass(frozen=True, slots=True)
class Limit:
    """A target; ``ratio`` is kedge's wall time over that of the contender, ``peak`` is in MiB, ``wall`` in s."""

    figure: Literal["ratio", "peak", "wall"]
    at_most: float

    def __str__(self) -> str:
        if self.figure == "ratio":
            return f"at most {self.at_most:g}x" if self.at_most > 1 else _times(self.at_most)
        return f"under {self.at_most:g} s" if self.figure == "wall" else f"under {self.at_most:.0f} MiB"


@dataclass(frozen=True, slots=True)
class Contender:
    """A name, the command that does its work, and the target it belongs to."""

    name: str
    command: Sequence[str]
    limit: Limit | None = None
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end; a ``failure`` says why there are no figures."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    failure: str = ""


@dataclass
class Timing:
    """The runs of one contender, one a round."""

    contender: Contender
    runs: list[Run] = field(default_factory=list)

    @property
    def failure(self) -> str:
        return next((run.failure for run in self.runs if run.failure), "")

    def middle(self, figure: Literal["wall", "cpu", "peak"]) -> float:
        return float(median(getattr(run, figure) for run in self.runs))


def race(contenders: Sequence[Contender], rounds: int) -> list[Timing]:
    """Run all contenders in turns."""
    timings = [Timing(contender) for contender in contenders]
    for number in range(rounds):
        for timing in timings:
            if number < (timing.contender.rounds or rounds) and not timing.failure:
                timing.runs.append(once(timing.contender.command))
    return timings


def once(command: Sequence[str]) -> Run:
    """Run a command as a process of its own.

    Its peak is never below what this process holds, as Linux hands that figure down: so data is generated
    elsewhere, and nothing large is imported here.
    """
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        except OSError as error:
            return Run(failure=str(error))
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            return Run(failure=last_line(errors.read()) or f"exit code {process.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT / MIB)


def calibration() -> float:
    """Return the seconds of a loop that only counts: where it differs, so does every time."""
    start = time.perf_counter()
    for _ in range(10_000_000):
        pass
    return time.perf_counter() - start


def warm(path: Path) -> Path:
    """Read a file once, so that nobody pays for the disk."""
    with path.open("rb") as file:
        while file.read(MIB):
            pass
    return path


def table(timings: Sequence[Timing]) -> str:
    """Return a line for every contender, as Markdown."""
    kedge = next((t for t in timings if t.contender.name == KEDGE and not t.failure), None)
    head = ("system", "wall s", "CPU s", "peak MiB", "kedge is", "target", "")
    return markdown(head, [_line(timing, kedge) for timing in timings])


def markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Lay out a table: the first column to the left, the others to the right."""
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    rule = ["-" * widths[0], *("-" * max(width - 1, 1) + ":" for width in widths[1:])]
    return "\n".join(_row(line, widths) for line in [head, rule, *lines])


def ratio(kedge: Timing, other: Timing) -> float:
    """Return the median, over the rounds of both, of kedge's wall time over the other's."""
    return median(mine.wall / its.wall for mine, its in zip(kedge.runs, other.runs, strict=False))


def _line(timing: Timing, kedge: Timing | None) -> list[str]:
    contender, target = timing.contender, str(timing.contender.limit or "")
    if timing.failure:
        return [contender.name, *"----", target, f"did not run: {timing.failure}"]
    compared = ratio(kedge, timing) if kedge and timing is not kedge else None
    return [
        contender.name,
        *(f"{timing.middle(figure):.2f}" for figure in ("wall", "cpu")),
        f"{timing.middle('peak'):,.0f}",
        _times(compared) if compared else "",
        target,
        _verdict(contender.limit, timing, compared),
    ]


def _verdict(limit: Limit | None, timing: Timing, compared: float | None) -> str:
    if limit is None:
        return ""
    found = compared if limit.figure == "ratio" else timing.middle(limit.figure)
    return "unknown" if found is None else "met" if found <= limit.at_most else "missed"


def _times(ratio: float) -> str:
    if ratio == 1:
        return "faster"
    return f"{ratio:.2f}x slower" if ratio > 1 else f"{1 / ratio:.1f}x faster"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    laid = (f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True))
    return f"| {' | '.join([f'{cells[0]:<{widths[0]}}', *laid])} |"


def last_line(errors: bytes) -> str:
    """Return what a process said in the end."""
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:120] if lines else ""
