"""A worker: what it makes of how a child ended, and of other workers."""

from __future__ import annotations

import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.adapters.stores.local import Local
from kedge.domain.catalog import (
    Baseline,
    Endpoint,
    Execution,
    JobDefinition,
    MonitoringSchedule,
    from_record,
    pending_execution,
    to_record,
)
from kedge.domain.task import Ended
from kedge.domain.window import Window
from kedge.errors import InputError
from kedge.service.assignment import ASSIGNMENT, OUTCOME, REPORT, Outcome, read_assignment
from kedge.service.preparing import Preparing
from kedge.service.publishing import place
from kedge.service.terms import Terms
from kedge.service.worker import Worker

TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCHEDULE = MonitoringSchedule(
    name="hourly", monitoring_job_definition_name="job", endpoint_name="fraud", schedule_expression="hourly"
)
WAITING = pending_execution(SCHEDULE, TEN, Window(TEN - HOUR, TEN))
FILES = {"a.json": b"a", "statistics.json": b"s"}
WELL = Outcome(status="Completed", exit_message="Completed: well.", rows=7, violations=0, files=tuple(FILES))
EXITED = Ended("exited", 0, 50_000_000, 1.0, "")


class Child:
    """An executor whose child leaves an outcome and files, and ends as it is told to."""

    def __init__(self, outcome: Outcome | None = WELL, ended: Ended = EXITED, meanwhile=None, wait: bool = False):
        self.outcome, self.ended, self.meanwhile, self.wait = outcome, ended, meanwhile, wait
        self.tasks, self.limits, self.assignments = [], [], []

    def run(self, task, limits, stop):
        self.tasks.append(task)
        self.limits.append(limits)
        self.assignments.append(read_assignment((task.folder / ASSIGNMENT).read_bytes(), ASSIGNMENT))
        task.log.write_text("printed\n")
        if self.outcome:
            (task.folder / OUTCOME).write_text(self.outcome.to_json())
            Local().write(str(task.folder / REPORT), FILES)
        if self.meanwhile:
            self.meanwhile()
        if self.wait:
            assert stop.wait(20)
            return replace(self.ended, how="stopped", code=-15)
        return self.ended


@pytest.fixture
def records(tmp_path):
    database = Sql(f"sqlite:///{tmp_path}/kedge.db")
    database.put(to_record(JobDefinition(name="job", endpoint_name="fraud", baseline="usual")), "ann")
    database.put(to_record(Endpoint(name="fraud", captures="captures")), "ann")
    database.put(to_record(Baseline(name="usual", version=2, url="baselines/2")), "ann")
    database.put(to_record(SCHEDULE), "ann")
    database.put(to_record(WAITING), "")
    yield database
    database.close()


@pytest.fixture
def worker(records):
    """Make a worker with a child."""

    def make(child=None, name="one", store=None, **terms) -> Worker:
        clock, store = SimpleNamespace(now=lambda: TEN + timedelta(minutes=5)), store or Local()
        places = ("reports", "logs", "baselines", Path("work"))
        told = Terms(*places, ("kedge", "execute"), **{"lease_seconds": 60} | terms)
        preparing = Preparing(records, store, clock, "1GB")
        return Worker(name, records, records, child or Child(), store, clock, preparing, told)

    return make


def _now(records, name: str = WAITING.name) -> Execution:
    return from_record(Execution, records.get("execution", name))


def _set(records, **changes) -> None:
    records.put(to_record(replace(_now(records), **changes), records.get("execution", WAITING.name)), "")


def test_an_execution_is_run_and_published(worker, records):
    worker().work_once()
    done = _now(records)
    assert (done.status, done.attempt, done.rows, done.exit_message) == ("Completed", 1, 7, "Completed: well.")
    assert done.report == "reports/fraud/hourly/2024/05/01/10"
    assert {path.name: path.read_bytes() for path in Path(done.report).iterdir()} == FILES


def test_what_it_printed_is_kept(worker, records):
    worker().work_once()
    assert Path(_now(records).log).read_text() == "printed\n"


def test_its_folder_is_gone_afterwards(worker):
    worker().work_once()
    assert list(Path("work").iterdir()) == []


def test_nothing_is_done_where_nothing_waits(worker):
    worker().work_once()
    assert worker().work_once() is None


def test_an_execution_is_given_all_that_it_takes(worker, records):
    child = Child()
    worker(child, environment={"a": "b"}).work_once()
    (given,), (task,) = child.assignments, child.tasks
    assert (given.baseline, given.endpoint.captures) == (
        str(Path("baselines/2").absolute()),
        str(Path("captures").absolute()),
    )
    assert (task.command[:2], task.environment) == (("kedge", "execute"), {"a": "b"})
    assert _now(records).baseline == "usual:2"


def test_variables_of_a_definition_are_no_settings_of_the_execution(worker, records):
    job = JobDefinition(name="job", endpoint_name="fraud", baseline="usual", environment={"KEDGE_ALLOWED_PLACES": "*"})
    records.put(to_record(job, records.get("definition", "job")), "eve")
    child = Child()
    worker(child).work_once()
    assert (child.tasks[0].environment, child.assignments[0].definition.environment) == ({}, job.environment)


def test_an_execution_may_take_as_long_as_until_the_next_one(worker):
    child = Child()
    worker(child).work_once()
    assert (child.limits[0].seconds, child.limits[0].memory_bytes) == (3600, 1_000_000_000)


ENDINGS = {
    "it crashed": (
        replace(EXITED, code=-signal.SIGSEGV, tail="one\ntwo\n"),
        "Failed",
        "ended by SIGSEGV, at 50 MB of memory: two",
    ),
    "it exited": (replace(EXITED, code=3), "Failed", "ended with exit code 3, at 50 MB of memory: it printed nothing"),
    "memory": (replace(EXITED, how="memory"), "Failed", "It took 50 MB of memory, more than the 1,000 MB it may."),
    "time": (
        replace(EXITED, how="time", seconds=3600),
        "Stopped",
        "It ran for 3,600 s, longer than the 3,600 s that it may.",
    ),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_how_a_child_ended_is_told(worker, records, how):
    ended, status, says = ENDINGS[how]
    worker(Child(None, ended)).work_once()
    done = _now(records)
    assert (done.status, says in done.failure_reason, done.next_step is not None) == (status, True, True)
    assert not Path("reports").exists()


def test_what_a_child_says_of_its_failure_is_kept(worker, records):
    failed = Outcome(status="Failed", failure_reason="a.csv:3: broken", next_step="Mend it.")
    worker(Child(failed, replace(EXITED, code=2))).work_once()
    done = _now(records)
    assert (done.status, done.failure_reason, done.next_step) == ("Failed", "a.csv:3: broken", "Mend it.")


def test_what_the_catalog_lacks_is_told(worker, records):
    records.delete(records.get("definition", "job"), "ann")
    worker().work_once()
    done = _now(records)
    assert (done.status, done.failure_reason) == ("Failed", "There is no definition 'job'.")


# --- several workers ----------------------------------------------------------------------------------------------


def test_an_execution_that_runs_is_left_alone(worker):
    other = worker(name="two")
    taken = []
    worker(Child(meanwhile=lambda: taken.append(other.work_once()))).work_once()
    assert taken == [None]


def test_of_one_schedule_nothing_runs_beside_and_the_earlier_slot_first(worker, records):
    records.put(to_record(pending_execution(SCHEDULE, TEN - HOUR, WAITING.window)), "")
    other, taken = worker(name="two"), []
    first = worker(Child(meanwhile=lambda: taken.append(other.work_once()))).work_once()
    assert (first.scheduled_time, taken, other.work_once().scheduled_time) == (TEN - HOUR, [None], TEN)


def test_another_takes_over_when_a_worker_died(worker, records):
    _set(records, status="InProgress", worker="dead", attempt=1)
    records.claim("schedule/hourly", "dead", 0)
    worker(name="two").work_once()
    done = _now(records)
    assert (done.status, done.attempt, done.worker) == ("Completed", 2, "two")


def test_an_execution_whose_workers_keep_dying_fails(worker, records):
    _set(records, status="InProgress", worker="dead", attempt=3)
    child = Child()
    worker(child).work_once()
    done = _now(records)
    assert (done.status, child.tasks) == ("Failed", [])
    assert done.failure_reason.startswith("It was begun 3 times, and came to no end")


def test_a_worker_that_lost_its_lease_publishes_nothing(worker, records):
    def rob() -> None:
        records.release("schedule/hourly", "one")
        records.claim("schedule/hourly", "two", 60)

    assert worker(Child(meanwhile=rob, wait=True), lease_seconds=0.3).work_once() is None
    assert (_now(records).status, Path("reports").exists()) == ("InProgress", False)


def test_a_worker_that_was_thought_dead_ends_nothing(worker, records):
    child = Child(meanwhile=lambda: _set(records, worker="two", attempt=2))
    assert worker(child).work_once() is None
    assert (_now(records).status, _now(records).worker) == ("InProgress", "two")


# --- stopping -----------------------------------------------------------------------------------------------------


def test_an_execution_is_stopped_on_request(worker, records):
    worker(Child(None, meanwhile=lambda: _set(records, status="Stopping"), wait=True)).work_once()
    assert (_now(records).status, _now(records).failure_reason) == ("Stopped", "It was stopped on request.")


def test_an_execution_whose_worker_died_before_it_was_stopped_is_stopped(worker, records):
    _set(records, status="Stopping")
    child = Child()
    worker(child).work_once()
    assert (_now(records).status, child.tasks) == ("Stopped", [])


def test_a_worker_that_has_to_go_hands_back(worker, records):
    hand_back = Event()
    leaving = replace(worker(Child(None, meanwhile=hand_back.set, wait=True)), hand_back=hand_back)
    leaving.work_once()
    assert (_now(records).status, _now(records).attempt) == ("Pending", 0)
    assert worker(name="two").work_once().status == "Completed"


# --- publishing ---------------------------------------------------------------------------------------------------


def test_a_report_that_cannot_be_published_is_tried_again(worker, records):
    class Away(Local):
        def write(self, url, files):
            raise InputError(f"The store is away, and {len(files)} files are not written.", file=url)

    for status in ("Pending", "Pending", "Failed"):
        worker(store=Away()).work_once()
        assert (_now(records).status, "The store is away" in _now(records).failure_reason) == (status, True)


PLACES = {
    "a whole hour": ({}, "out/fraud/hourly/2024/05/01/10"),
    "a dataset": ({"endpoint_name": None}, "out/hourly/2024/05/01/10"),
    "minutes": ({"scheduled_time": TEN + timedelta(minutes=15)}, "out/fraud/hourly/2024/05/01/10/15"),
    "again": ({"revision": 2}, "out/fraud/hourly/2024/05/01/10/r2"),
}


@pytest.mark.parametrize("what", PLACES)
def test_a_report_stands_below_the_hour_of_its_slot(what):
    changes, expected = PLACES[what]
    assert place("out/", replace(WAITING, **changes)) == expected
