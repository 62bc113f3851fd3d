"""What is published leaves the house: at least once, and nobody waits for a sink."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.adapters.sinks import otlp
from kedge.app import server
from kedge.domain.catalog import Execution, to_record
from kedge.domain.record import Query
from kedge.domain.window import Window
from kedge.service import server as serving
from kedge.service.metrics import sending
from kedge.settings import Settings

from ..collector import collecting

NINE = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=9)
HOUR = timedelta(hours=1)
SECONDS = "kedge_execution_seconds"


@pytest.fixture
def records():
    records = Sql("sqlite:///kedge-data/kedge.db")
    yield records
    records.close()


def end(records: Sql, *numbers: int) -> None:
    """Have executions end, the one of a number after so many seconds."""
    for number in numbers:
        slot = NINE + number * HOUR
        known = {"monitoring_schedule_name": "hourly", "monitoring_job_definition_name": "job"}
        known |= {"scheduled_time": slot, "window": Window(slot - HOUR, slot), "endpoint_name": "fraud"}
        ended = {"start_time": slot, "end_time": slot + timedelta(seconds=number), "status": "Failed"}
        records.put(to_record(Execution(name=f"hourly-{number}", **known, **ended)), "")


def wait(until) -> None:
    for _ in range(800):
        if until():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def begun(records: Sql) -> bool:
    return bool(records.list(Query("sink")))


@contextmanager
def running(sinks: str):
    """Run a server that looks all the time."""
    one = server(Settings(metric_sinks=sinks), 0, schedules=True)
    thread = Thread(target=one.run, args=(1,))
    thread.start()
    yield
    one.stop.set()
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def quick(monkeypatch):
    """Look all the time, and lose patience soon."""
    for name in ("METRICS_SECONDS", "IDLE_SECONDS"):
        monkeypatch.setattr(serving, name, 0.05)
    monkeypatch.setattr(otlp, "SECONDS", 1.0)
    monkeypatch.setattr(sending, "FIRST_REST", 0.1)


def test_a_sink_that_hangs_delays_neither_publishing_nor_another_sink(records, quick):
    with collecting() as hanging, collecting() as well, running(f"otlp:{hanging.url}, otlp:{well.url}"):
        hanging.let_go.clear()
        wait(lambda: begun(records))
        for number in (1, 2, 3):
            end(records, number)
            wait(lambda number=number: number in well.values(SECONDS))
        assert well.values(SECONDS) == [1, 2, 3]
        hanging.let_go.set()
        wait(lambda: {1, 2, 3} <= set(hanging.values(SECONDS)))


def test_a_sink_that_hangs_does_not_keep_a_server_from_ending(records, quick, monkeypatch):
    monkeypatch.setattr(otlp, "SECONDS", 30.0)
    with collecting() as hanging, running(f"otlp:{hanging.url}"):
        hanging.let_go.clear()
        end(records, 1)
        wait(lambda: hanging.messages)
        start = time.monotonic()
    assert time.monotonic() - start < 20


def test_a_restart_goes_on_where_a_sink_was(records, quick):
    with collecting() as collector:
        for number in (1, 2):
            with running(f"otlp:{collector.url}"):
                end(records, number)
                wait(lambda number=number: number in collector.values(SECONDS))
        assert collector.values(SECONDS) == [1, 2]


def test_a_kill_between_send_and_mark_sends_that_again_and_loses_nothing(records):
    with collecting() as collector:
        settings = {"KEDGE_METRIC_SINKS": f"otlp:{collector.url}", "KEDGE_LEASE_SECONDS": "2"}
        command = [sys.executable, "-m", "kedge", "serve", "--listen", "none"]
        first = subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.DEVNULL)
        wait(lambda: begun(records))
        collector.hook = lambda: first.send_signal(signal.SIGKILL) if collector.values(SECONDS) else None
        end(records, 1, 2)
        assert first.wait(30) == -signal.SIGKILL
        collector.hook = lambda: None
        end(records, 3)
        second = subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.DEVNULL)
        wait(lambda: 3 in collector.values(SECONDS))
        second.terminate()
        assert second.wait(30) == 0
    counts = {number: collector.values(SECONDS).count(number) for number in (1, 2, 3)}
    assert (counts[1], counts[3]) == (2, 1), counts
    assert counts[2] in (1, 2), counts
