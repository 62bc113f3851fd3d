"""What a process tells of itself while it lives: its counters, in a file whose lock it holds."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kedge.capture.journal import PROCESSES, made_folder

if TYPE_CHECKING:
    from pathlib import Path

    from kedge.capture.counts import Counts


class Status:
    """The file of one process.

    It is written in place, so that its lock stays: whoever can take the lock knows that the process has ended.

    Raises
    ------
    OSError
        The file cannot be made.
    """

    def __init__(self, folder: Path, id: str) -> None:
        made_folder(folder / PROCESSES)
        self.path = folder / PROCESSES / f"{id}.json"
        self._about = {"id": id, "pid": os.getpid(), "started": _now()}
        self._fd = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def write(self, counts: Counts, buffered: int) -> None:
        """Tell the counters as they are now."""
        told: dict[str, Any] = {**self._about, "updated": _now(), "buffered": buffered, "counts": counts.to_json()}
        data = json.dumps(told).encode()
        os.pwrite(self._fd, data + b"\n", 0)
        os.ftruncate(self._fd, len(data) + 1)

    def close(self) -> None:
        """Let go of the file; it stays until its counters are added up with others."""
        os.close(self._fd)


def prometheus(endpoint: str, counts: Counts) -> str:
    """Return counters in the text format of Prometheus."""
    plain = {"seen": counts.seen, "sampled_out": counts.sampled_out, "journalled": counts.journalled}
    plain["journalled_bytes"] = counts.journalled_bytes
    lines = []
    for name, value in plain.items():
        lines += [f"# TYPE kedge_capture_{name}_total counter"]
        lines += [f'kedge_capture_{name}_total{{endpoint="{endpoint}"}} {value}']
    for name in ("dropped", "skipped", "remarked"):
        lines += [f"# TYPE kedge_capture_{name}_total counter"]
        for reason, times in sorted(getattr(counts, name).items()):
            lines += [f'kedge_capture_{name}_total{{endpoint="{endpoint}",reason="{reason}"}} {times}']
    lines += ["# TYPE kedge_capture_on_its_way gauge"]
    lines += [f'kedge_capture_on_its_way{{endpoint="{endpoint}"}} {counts.on_its_way}']
    return "\n".join(lines) + "\n"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
