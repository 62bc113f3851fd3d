"""The shipper beside a server: started, started again, and waited for."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from kedge.endpoint.shipper import Shipper

# It tells that it runs, waits for the end of its input, and takes a moment for the rest.
WORKS = "import pathlib, sys, time; sys.stdin.read(); time.sleep(0.2); pathlib.Path('rest').touch()"
DIES = "import pathlib, os; pathlib.Path(f'ran-{os.getpid()}').touch()"


@pytest.fixture
def beside(monkeypatch):
    """Run a program of the test as the shipper."""
    monkeypatch.setattr("kedge.endpoint.shipper.LOOK_SECONDS", 0.02)

    def make(program):
        shipper = Shipper("journal", "store")
        shipper._command = [sys.executable, "-c", program]
        shipper.start()
        return shipper

    return make


def test_it_ships_journal_to_destination():
    assert Shipper("journal", "s3://bucket")._command[1:] == [
        *("-m", "kedge", "capture", "ship", "journal", "--destination", "s3://bucket")
    ]


def test_what_is_left_is_waited_for(beside):
    beside(WORKS).close(10)
    assert Path("rest").exists()


def test_it_is_waited_for_no_longer_than_said(beside, monkeypatch):
    monkeypatch.setattr("kedge.endpoint.shipper.SHIP_SECONDS", 0)
    begin = time.monotonic()
    shipper = beside("import time; time.sleep(60)")
    shipper.close(0.1)
    shipper._child.kill()
    shipper._child.wait()
    assert time.monotonic() - begin < 10


def test_where_it_ends_it_is_started_again(beside):
    shipper = beside(DIES)
    end = time.monotonic() + 10
    while len(list(Path().glob("ran-*"))) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    shipper.close(10)
    assert len(list(Path().glob("ran-*"))) >= 2


def test_one_that_was_never_started_is_closed():
    Shipper("journal", "store").close(1)
