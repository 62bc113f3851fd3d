"""A journal by hand: what servers would have left in it."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from uuid import uuid4

import pytest

from kedge.capture.counts import Counts

HOUR = "2024/05/01/09"


class Hand:
    """Puts files into a journal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, data: bytes, name: str = "", *, endpoint="fraud", variant="AllTraffic", hour=HOUR) -> Path:
        """Put a file there, closed unless its name says otherwise."""
        path = self.folder / endpoint / "files" / variant / hour / (name or f"58-03-123-{uuid4()}.jsonl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def process(self, counts: Counts, *, lives: bool = False) -> Path:
        """Put the counters of a process there; the lock of one that lives is held until the test ends."""
        path = self.folder / "fraud" / "processes" / f"{uuid4()}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"buffered": 3, "counts": counts.to_json()}))
        if lives:
            self.hold(path)
        return path

    def hold(self, path: Path) -> None:
        """Hold the lock of a file, as the process does that writes it."""
        fcntl.flock(os.open(path, os.O_RDWR), fcntl.LOCK_EX)

    def files(self) -> list[str]:
        """Return the names of what is left."""
        return sorted(path.name for path in self.folder.glob("*/files/**/*") if path.is_file())


@pytest.fixture
def hand(tmp_path) -> Hand:
    """Return what puts files into a journal."""
    (tmp_path / "journal").mkdir()
    return Hand(tmp_path / "journal")
