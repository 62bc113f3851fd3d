"""A recorder in a folder of its own, and what it wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from kedge.capture.config import CaptureConfig
from kedge.capture.recorder import Capture
from kedge.domain.capture_record import CaptureRecord


@pytest.fixture
def capture(tmp_path):
    """Make recorders, which end with the test."""
    made = []

    def make(**options) -> Capture:
        made.append(Capture(CaptureConfig(**{"endpoint": "fraud", "journal": tmp_path / "journal", **options})))
        return made[-1]

    yield make
    for capture in made:
        capture.close()


@pytest.fixture
def written(tmp_path):
    """Read every record of the journal, of closed files and open ones."""

    def records() -> list[CaptureRecord]:
        files = sorted(Path(tmp_path / "journal" / "fraud" / "files").rglob("*.jsonl*"))
        return [CaptureRecord.from_json(line) for file in files for line in file.read_bytes().splitlines()]

    return records


@pytest.fixture
def recorded(written):
    """Close a recorder, and read what it wrote."""

    def records(capture: Capture) -> list[CaptureRecord]:
        capture.close()
        return written()

    return records


@pytest.fixture(scope="session")
def s3():
    """Start a server that speaks the protocols of S3 and of the key service."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()
