"""Does one server do for many schedules: 5,000 hourly ones over 1,000 endpoints, in SQLite.

All are due at the same instant, the worst case. Executions are stubs first, so that what the engine room itself takes
is seen, and then real ones of 200 rows, of which few are enough.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

import kedge
from kedge.adapters.databases.sql import Sql
from kedge.adapters.executors.process import Process
from kedge.adapters.stores.local import Local
from kedge.app import FixedClock
from kedge.domain.catalog import (
    Endpoint,
    Execution,
    JobDefinition,
    MonitoringSchedule,
    from_record,
    pending_execution,
    to_record,
)
from kedge.domain.record import Query
from kedge.domain.task import Ended
from kedge.domain.window import Window
from kedge.service.assignment import OUTCOME, REPORT, Outcome
from kedge.service.preparing import Preparing
from kedge.service.scheduler import Scheduler
from kedge.service.terms import terms_of
from kedge.service.worker import Worker
from kedge.settings import Settings

from .measure import Options, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCHEDULES, ENDPOINTS, EXECUTIONS = 5_000, 1_000, 100_000
STUBS, REAL, ROUNDS, PAGE = 200, 6, 20, 100
YEAR_HOURS = 8_760
PAGES = {
    "the latest": {},
    "the latest that failed": {"status": ("Failed",)},
    "of one schedule": {"parent": "s7"},
    "by a part of the name": {"name_contains": "s77-"},
}


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table, of scheduling and of pages."""
    share = 10 if options.quick else 1
    with TemporaryDirectory() as folder:
        records = Records(f"sqlite:///{folder}/kedge.db")
        _declare(records, Path(folder), SCHEDULES // share)
        yield f"{SCHEDULES // share:,} schedules that are due at the same instant"
        yield markdown(("", "found", "target"), [*_scheduling(records), *_running(records, Path(folder))])
        before, file = EXECUTIONS // share, Path(folder, "kedge.db")
        empty = _size(file)
        _fill(records, before)
        each = (_size(file) - empty) / before
        yield f"{before:,} executions more"
        yield markdown(("", "found", "target"), [*_paging(records), *_kept(each)])
        records.close()


class Records(Sql):
    """Records that know when each execution was made."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.made: list[float] = []

    def put(self, record: Any, by: str) -> Any:
        """Put a record."""
        found = super().put(record, by)
        if record.kind == "execution" and not record.version:
            self.made.append(perf_counter())
        return found


class Stub:
    """An executor whose execution is done at once."""

    def run(self, task: Any, limits: Any, stop: Any) -> Ended:  # noqa: ARG002 - the port's names
        outcome = Outcome(status="Completed", exit_message="Completed: well.", rows=7, files=("statistics.json",))
        (task.folder / REPORT).mkdir()
        (task.folder / REPORT / "statistics.json").write_text("{}")
        (task.folder / OUTCOME).write_text(outcome.to_json())
        task.log.write_text("")
        return Ended("exited", 0, 0, 0.0, "")


def _declare(records: Records, folder: Path, count: int) -> None:
    (folder / "train.csv").write_text("score,amount,kind\n" + "".join(f"0.5,{i % 50},{i % 7}\n" for i in range(2000)))
    kedge.baseline(str(folder / "train.csv")).save(str(folder / "baseline"))
    for i in range(ENDPOINTS):
        records.put(to_record(Endpoint(name=f"e{i}", captures=f"{folder}/captures")), "")
    for i in range(count):
        endpoint = f"e{i % ENDPOINTS}"
        job = JobDefinition(name=f"d{i}", endpoint_name=endpoint, baseline=f"{folder}/baseline")
        schedule = MonitoringSchedule(
            name=f"s{i}",
            monitoring_job_definition_name=f"d{i}",
            endpoint_name=endpoint,
            schedule_expression="hourly",
            status="Scheduled",
            next_time=NOON,
        )
        records.put(to_record(job), "")
        records.put(to_record(schedule), "")


def _scheduling(records: Records) -> Iterator[tuple[str, ...]]:
    records.made.clear()
    scheduler = Scheduler(records)
    scheduler.tick(NOON - HOUR)
    start = perf_counter()
    scheduler.tick(NOON)
    lag = np.array(records.made) - start
    yield "scheduling lag p50, s", f"{np.quantile(lag, 0.5):.2f}", ""
    yield "scheduling lag p99, s", f"{np.quantile(lag, 0.99):.2f}", ""
    start = perf_counter()
    scheduler.tick(NOON)
    yield "a look where nothing is due, ms", f"{(perf_counter() - start) * 1e3:.1f}", ""


def _running(records: Records, folder: Path) -> Iterator[tuple[str, ...]]:
    terms = terms_of(Settings(data=str(folder / "data")))
    store, clock = Local(), FixedClock(NOON)
    worker = Worker("one", records, records, Stub(), store, clock, Preparing(records, store, clock), terms)
    yield from _rates("stubbed executions", worker, STUBS)
    _capture(folder)
    yield from _rates("real executions of 200 rows", replace(worker, executor=Process()), REAL)


def _rates(what: str, worker: Worker, count: int) -> Iterator[tuple[str, ...]]:
    start, busy = perf_counter(), _busy()
    done = [worker.work_once() for _ in range(count)]
    if any(one is None or one.status not in ("Completed", "CompletedWithViolations") for one in done):
        sys.exit(f"An execution failed: {done[0]}")
    wall, busy = perf_counter() - start, _busy() - busy
    yield f"{what} a minute, one worker", f"{60 * count / wall:,.0f}", ""
    yield f"{what} a minute and core", f"{60 * count / busy:,.0f}", ""


def _busy() -> float:
    """Return the processor time of this process and of all that it has run."""
    return sum(sum(getrusage(who)[:2]) for who in (RUSAGE_SELF, RUSAGE_CHILDREN))


def _capture(folder: Path) -> None:
    hour, data = NOON - HOUR, {"observedContentType": "text/csv", "encoding": "CSV"}
    for i in range(ENDPOINTS):
        target = folder / f"captures/e{i}/AllTraffic/{hour:%Y/%m/%d/%H}"
        target.mkdir(parents=True)
        with (target / "a.jsonl").open("w") as file:
            for n in range(200):
                sides = {
                    "endpointInput": {**data, "mode": "INPUT", "data": f"{n % 50},{n % 7}"},
                    "endpointOutput": {**data, "mode": "OUTPUT", "data": "0.5"},
                }
                event = {"eventId": f"{i}-{n}", "inferenceTime": f"{hour:%FT%H}:{n % 60:02}:00Z"}
                print(json.dumps({"captureData": sides, "eventMetadata": event, "eventVersion": "0"}), file=file)


def _fill(records: Records, count: int) -> None:
    """Put executions as they are when they are done; every tenth failed."""
    done = _done(records)
    for i in range(count):
        slot = NOON - HOUR * (1 + i // SCHEDULES)
        schedule = MonitoringSchedule(
            name=f"s{i % SCHEDULES}",
            monitoring_job_definition_name=f"d{i % SCHEDULES}",
            endpoint_name=f"e{i % ENDPOINTS}",
            schedule_expression="hourly",
        )
        made = pending_execution(schedule, slot, Window(slot - HOUR, slot))
        told = {name: getattr(done, name) for name in ("start_time", "end_time", "steps", "rows", "report", "log")}
        status = "Failed" if i % 10 == 0 else "Completed"
        records.put(to_record(replace(made, status=status, worker="one", attempt=1, **told)), "")


def _done(records: Records) -> Execution:
    """Return an execution that was really done."""
    [found] = records.list(Query("execution", status=("Completed",), order="modified", descending=True, limit=1))
    return from_record(Execution, found)


def _paging(records: Records) -> Iterator[tuple[str, ...]]:
    for name, asked in PAGES.items():
        query = Query("execution", order="time", descending=True, limit=PAGE, **asked)
        seconds = []
        for _ in range(ROUNDS):
            start = perf_counter()
            records.list(query)
            seconds.append(perf_counter() - start)
        found = median(seconds) * 1e3
        yield f"a page of {PAGE}, {name}, ms", f"{found:.1f}", f"200: {'met' if found < 200 else 'missed'}"


def _kept(each: float) -> Iterator[tuple[str, ...]]:
    yield "bytes of an execution, indexes included", f"{each:,.0f}", ""
    yield "a year of 5,000 hourly schedules, GB", f"{each * SCHEDULES * YEAR_HOURS / 1e9:,.1f}", ""


def _size(file: Path) -> int:
    return sum(path.stat().st_size for path in file.parent.glob(f"{file.name}*"))
