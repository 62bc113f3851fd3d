"""A captured endpoint, a schedule, and a server: what drifted is named, also where it is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

import kedge
from kedge.adapters.databases.sql import Sql
from kedge.adapters.stores.local import Local
from kedge.app import execute, server, shipper
from kedge.capture import Capture, CaptureConfig, Exchange
from kedge.domain.alarm import Alarm
from kedge.domain.catalog import (
    ENDED,
    Answers,
    Endpoint,
    Execution,
    JobDefinition,
    MonitoringSchedule,
    Program,
    from_record,
    to_record,
)
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.metric import Metric
from kedge.domain.record import Query, Record
from kedge.service.alarms.alarms import Alarms
from kedge.service.preparing import Preparing
from kedge.settings import Settings

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROOT = Path(__file__).parents[2]
HOURLY = MonitoringSchedule(
    name="hourly",
    monitoring_job_definition_name="quality",
    endpoint_name="fraud",
    schedule_expression="hourly",
    status="Scheduled",
    next_time=NOON,
)
CUSTOM = {"monitoring_type": "Custom"}
RUNS = {"KEDGE_LEASE_SECONDS": "2"}


def _body(i: int, drift: float = 0) -> bytes:
    return f"{i % 50 + drift},{i % 7}".encode()


def _capture(hour: datetime, drift: float = 0) -> None:
    """Capture an hour of traffic, and ship it."""
    capture = Capture(CaptureConfig(endpoint="fraud", journal="journal"))
    for i in range(300):
        at = hour.timestamp() + i * 10
        if capture.wants():
            capture.record(Exchange(_body(i, drift), b"0.5", "text/csv", "text/csv", time=at))
    capture.close()
    assert shipper(Path("journal"), "captures", Event()).once()


def _clock(now: datetime) -> Record:
    return Record("clock", "offset", {"seconds": (now - datetime.now(UTC)).total_seconds()})


@pytest.fixture
def records():
    """A catalog in which one schedule is due in a moment."""
    Path("train.csv").write_text("score,amount,kind\n" + "".join(f"0.5,{_body(i).decode()}\n" for i in range(2000)))
    kedge.baseline("train.csv").save("baseline")
    database = Sql("sqlite:///kedge-data/kedge.db")
    job = JobDefinition(name="quality", endpoint_name="fraud", baseline="./baseline")
    for resource in (Endpoint(name="fraud", captures="captures"), job, HOURLY):
        database.put(to_record(resource), "ann")
    database.put(_clock(NOON - timedelta(seconds=1)), "ann")
    yield database
    database.close()


@contextmanager
def _serving(end: int = signal.SIGTERM):
    """Run a server, and end it by a signal."""
    with Path("serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "kedge", "serve", "--listen", "none"], env={**os.environ, **RUNS}, stderr=log
        )
        try:
            yield
        finally:
            process.send_signal(end)
            assert process.wait(60) == (0 if end == signal.SIGTERM else -end)


def _wait(records: Sql, *status: str) -> Execution:
    for _ in range(1200):
        for record in records.list(Query("execution", status=status)):
            return from_record(Execution, record)
        time.sleep(0.05)
    raise AssertionError(Path("serve.log").read_text())


def _files(folder: str | Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def test_what_drifted_is_named(records):
    _capture(NOON - HOUR, drift=100)
    with _serving():
        done = _wait(records, *ENDED)
    assert (done.status, done.failure_reason, done.rows) == ("CompletedWithViolations", None, 300)
    assert done.report == str(Path("kedge-data/reports/fraud/hourly/2024/05/01/12").absolute())
    violations = json.loads(_files(done.report)["constraint_violations.json"])["violations"]
    assert {violation["feature_name"] for violation in violations} == {"amount"}
    assert "hourly-202405011200: due" in Path("serve.log").read_text()


def test_what_drifted_alarms(records):
    metric = Metric("", "feature_baseline_drift_amount", (("MonitoringSchedule", "hourly"),))
    alarms = Alarms(records, "ann", SimpleNamespace(now=lambda: NOON))
    alarms.declare(Alarm(name="drift", metric=metric, threshold=0.1))
    alarms.declare(Alarm(name="often", executions_of="hourly"))
    alarms.declare(Alarm(name="worse", rule="drift and often"))
    _capture(NOON - HOUR, drift=100)
    with _serving():
        _wait(records, *ENDED)
    later = server(Settings(), 0, schedules=True)
    for turn in (later.scheduling.once, later.scheduling.watch, later.scheduling.publish, later.scheduling.watch):
        turn()
    later.close()
    assert {name: alarms.alert(name).state for name in ("drift", "often", "worse")} == dict.fromkeys(
        ("drift", "often", "worse"), "ALARM"
    )
    assert alarms.transitions("drift")[-1].reason.startswith("Threshold Crossed: 1 datapoint [")


def test_what_was_judged_is_remembered_and_can_be_asked(records, run):
    _capture(NOON - HOUR, drift=100)
    with _serving():
        _wait(records, *ENDED)
    later = server(Settings(), 0, schedules=True)
    later.scheduling.once()
    later.scheduling.remember()
    later.close()
    code, printed = run("query", "--endpoint", "fraud", "--feature", "amount", "--statistic", "mean,max")
    assert (code, "300 rows" in printed, "149" in printed) == (0, True, True)


def test_an_execution_that_runs_is_stopped_by_a_command(records, run):
    _capture(NOON - HOUR)
    slow = Program(container_entrypoint=("sleep", "60"))
    records.put(to_record(JobDefinition(name="slow", endpoint_name="fraud", program=slow, **CUSTOM)), "ann")
    due = replace(HOURLY, monitoring_job_definition_name="slow", **CUSTOM)
    records.put(to_record(due, records.get("schedule", "hourly")), "ann")
    with _serving():
        running = _wait(records, "InProgress")
        code, printed = run("execution", "stop", running.name)
        stopped = _wait(records, *ENDED)
    assert (code, printed.startswith("hourly-202405011200 is Stopping")) == (0, True)
    assert (stopped.status, stopped.failure_reason, stopped.report) == ("Stopped", "It was stopped on request.", None)


def test_a_server_that_is_killed_in_the_middle_changes_nothing(records, tmp_path):
    _capture(NOON - HOUR, drift=100)
    with _serving(signal.SIGKILL):
        _wait(records, "InProgress")
    with _serving():
        done = _wait(records, *ENDED)
    assert (done.status, done.attempt, len(records.list(Query("execution")))) == ("CompletedWithViolations", 2, 1)
    given = Preparing(records, Local(), SimpleNamespace(now=lambda: NOON)).assignment(done)
    (tmp_path / "alone").mkdir()
    execute(Settings(), given, tmp_path / "alone", [].append)
    assert _files(done.report) == _files(tmp_path / "alone" / "report")
    assert list(Path("kedge-data/work").iterdir()) == []


def _labelled(hour: datetime, until: int) -> None:
    """Upload labels for the first of an hour's captures, as many as that, of which a tenth differ from the answer."""
    folder = Path(f"labels/{hour:%Y/%m/%d/%H}")
    folder.mkdir(parents=True, exist_ok=True)
    labels = (GroundTruth(f"order-{i}", str((i + (i % 10 == 0)) % 2)) for i in range(until))
    (folder / f"{until}.jsonl").write_text("".join(label.to_json() + "\n" for label in labels))


@pytest.fixture
def judging():
    """A server that judges a model by labels that come late, each of its parts moved by hand."""
    rows = "".join(f"{i % 2},{(i + (i % 10 == 0)) % 2}\n" for i in range(2000))
    Path("judged.csv").write_text("answer,label\n" + rows)
    roles = {"problem_type": "BinaryClassification", "label": "label"}
    kedge.baseline("judged.csv", monitor="model-quality", prediction="answer", **roles).save("baseline")
    served = server(Settings(), 1, schedules=True)
    [(_, scheduling)], [(_, worker)] = served.scheduling.each.all(), served.workers[0].each.all()
    answers = Answers(problem_type="BinaryClassification", inference_attribute="0")
    job = JobDefinition(
        name="quality",
        monitoring_type="ModelQuality",
        endpoint_name="fraud",
        baseline="./baseline",
        ground_truth="labels",
        answers=answers,
    )
    schedule = replace(HOURLY, monitoring_type="ModelQuality")
    for resource in (Endpoint(name="fraud", captures="captures"), job, schedule):
        worker.records.put(to_record(resource), "ann")
    worker.records.put(_clock(NOON), "ann")
    yield scheduling, worker
    served.close()


def test_a_window_is_judged_again_when_labels_land_and_both_verdicts_are_told(judging, run):
    capture = Capture(CaptureConfig(endpoint="fraud", journal="journal"))
    for i in range(600):
        at = (NOON - HOUR).timestamp() + i
        if capture.wants():
            capture.record(
                Exchange(b"1", str(i % 2).encode(), "text/csv", "text/csv", inference_id=f"order-{i}", time=at)
            )
    capture.close()
    assert shipper(Path("journal"), "captures", Event()).once()
    _labelled(NOON, 300)
    scheduling, worker = judging
    scheduling.scheduler.tick(NOON)
    first = worker.work_once()
    _labelled(NOON + HOUR, 600)
    (due,) = scheduling.late.again(NOON + 2 * HOUR)
    second = worker.work_once()
    assert (due.cause, second.name) == ("labels", "hourly-202405011200-r2")
    assert [(e.status, e.coverage, e.rows) for e in (first, second)] == [
        ("Completed", 0.5, 300),
        ("Completed", 1.0, 600),
    ]
    assert second.report == f"{first.report}/r2"
    code, printed = run("execution", "list")
    assert (code, printed.count("hourly-202405011200")) == (0, 2)
    assert [line.split()[4] for line in printed.splitlines()] == ["labelled", "100%", "50%"]


def test_no_slot_is_missed_and_none_comes_twice_however_often_servers_and_workers_are_killed():
    few = {"--hourly": 3, "--daily": 4, "--real": 0, "--hours": 3, "--kills": 8, "--seconds": 8, "--seed": 4}
    options = [str(part) for option in few.items() for part in option]
    command = [sys.executable, "-m", "tests.crash.server", "--database", "sqlite", *options]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}/src:{ROOT}"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
