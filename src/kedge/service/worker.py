"""A worker: takes executions that wait, has each run in a child, and publishes what it leaves, exactly once.

Who holds the lease of a schedule may run its executions, one at a time and in order. The record says which worker
took an execution for the how-manieth time, and only that one may end it. So what a worker that was thought dead still
does has no effect, and what is done twice leaves the same files.
"""

from __future__ import annotations

import json
import logging
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from kedge.domain.catalog import ENDED, Execution, ExecutionStatus, Step, from_record, shortened, to_record
from kedge.domain.documents import from_document, to_document
from kedge.domain.record import Query
from kedge.domain.task import Task
from kedge.errors import Conflict, KedgeError, Unavailable
from kedge.service.access.workspaces import resolved
from kedge.service.analyzer import LOG as ANALYZER_LOG
from kedge.service.assignment import ASSIGNMENT, OUTCOME, REPORT, Outcome
from kedge.service.holding import Hold
from kedge.service.publishing import place, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.record import Record
    from kedge.domain.task import Ended, Limits
    from kedge.ports import Clock, Executor, Leases, ObjectStore, Records
    from kedge.service.assignment import Assignment
    from kedge.service.preparing import Preparing
    from kedge.service.terms import Terms

LOG = logging.getLogger(__name__)
PAGE: Final = 100
TRIES: Final = 10
ITSELF: Final = ""  # what the server does by itself is no change that somebody made
WAITING: Final = ("Pending", "InProgress", "Stopping")
LOG_FILE: Final = "log.txt"


@dataclass(frozen=True)
class Worker:
    """Runs executions.

    Parameters
    ----------
    name
        Its own; no other has it or had it.
    preparing
        What gathers all that an execution takes.
    hand_back
        When set, what runs is given back to be run by another.
    """

    name: str
    records: Records
    leases: Leases
    executor: Executor
    store: ObjectStore
    clock: Clock
    preparing: Preparing
    terms: Terms
    hand_back: Event = field(default_factory=Event)

    def work_once(self) -> Execution | None:
        """Take the execution that waits longest and may be run, and return how it ended; None where there is none."""
        for waiting in self._waiting():
            lease = f"schedule/{waiting.parent}"
            if not self.leases.claim(lease, self.name, self.terms.lease_seconds):
                continue
            with Hold(self, lease, waiting.name) as hold:
                if taken := self._take(waiting.name):
                    return self._carried_out(taken, hold) if taken.status == "InProgress" else taken
        return None

    def _waiting(self) -> Iterator[Record]:
        """Yield the execution of each schedule that is next, the longest due first."""
        asked, seen = Query("execution", status=WAITING, order="time", limit=PAGE), set[str]()
        page = self.records.list(asked)
        while page:
            for record in page:
                if record.parent not in seen:
                    seen.add(record.parent)
                    yield record
            page = self.records.list(replace(asked, after=page[-1])) if len(page) == PAGE else []

    def _take(self, name: str) -> Execution | None:
        """Mark an execution as ours, or as ended where it should not be run; None where somebody else did."""
        record = self.records.get("execution", name)
        if record is None or record.status not in WAITING:
            return None
        found = from_record(Execution, record)
        taken = replace(found, worker=self.name, attempt=found.attempt + 1, start_time=self.clock.now())
        if found.status == "Stopping":
            taken = self._as(found, "Stopped", "It was stopped on request.")
        elif found.attempt >= self.terms.attempts:
            reason = found.failure_reason or "each worker that ran it ended while it did"
            taken = self._as(found, "Failed", f"It was begun {found.attempt} times, and came to no end: {reason}.")
        else:
            taken = replace(self._begun(taken), status="InProgress")
        with suppress(Conflict):
            self.records.put(to_record(taken, record), ITSELF)
            LOG.info("%s: %s%s", name, taken.status, f" (attempt {taken.attempt})" if taken.attempt > 1 else "")
            return taken
        return None

    def _begun(self, execution: Execution) -> Execution:
        with suppress(KedgeError):  # what is wrong is told when it is run
            fingerprint = self.preparing.fingerprint(execution)
            return replace(execution, fingerprint=fingerprint, baseline=self.preparing.baseline(execution))
        return execution

    def _carried_out(self, execution: Execution, hold: Hold) -> Execution | None:
        """Run an execution and put down how it ended; None where it is no longer ours."""
        try:
            ended = self._run(execution, hold)
        except Unavailable:  # it is taken again, once its lease has run out
            raise
        except KedgeError as error:
            ended = replace(execution, status="Failed", end_time=self.clock.now(), **_told(Outcome.of(error)))
        if ended is None or not self._put(ended):
            LOG.warning("%s: it is no longer ours, and nothing is published", execution.name)
            return None
        LOG.info("%s: %s", ended.name, ended.failure_reason or ended.exit_message or ended.status)
        return ended

    def _run(self, execution: Execution, hold: Hold) -> Execution | None:
        self.terms.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.terms.work, prefix=f"{self.name}-", ignore_cleanup_errors=True) as at:
            folder, given = Path(at), self.preparing.assignment(execution)
            limits = self.preparing.limits(execution, given.definition)
            ended = self.executor.run(self._task(folder, given), limits, hold.stop)
            if hold.why == "lost":
                return None
            if hold.why == "handed back":
                return replace(execution, status="Pending", attempt=execution.attempt - 1)
            outcome = _outcome(folder)
            execution = replace(execution, log=self._logged(execution, folder), **_told(outcome))
            if ended.how != "exited" or outcome.status not in ENDED:
                return self._as(execution, *_failure(ended, limits))
            done = replace(execution, status=outcome.status, end_time=self.clock.now())
            url = place(given.definition.output or self.terms.output, execution)
            return self._published(done, folder / REPORT, outcome, hold, url) if outcome.files else done

    def _published(
        self, execution: Execution, folder: Path, outcome: Outcome, hold: Hold, url: str
    ) -> Execution | None:
        """Publish the report of an execution; None where it is no longer ours."""
        if not hold.confirmed():
            return None
        try:
            publish(self.store, folder, outcome.files, url)
        except (KedgeError, OSError) as error:
            again = execution.attempt < self.terms.attempts
            return self._as(execution, "Pending" if again else "Failed", f"Its report cannot be published: {error}")
        return replace(execution, report=url)

    def _task(self, folder: Path, given: Assignment) -> Task:
        path = folder / ASSIGNMENT
        path.write_text(json.dumps(to_document(given)), "utf-8")
        command = (*self.terms.command, str(path), "--work", str(folder))
        # The definition's own variables are for its scripts and programs: in this process they would be settings.
        own = resolved(self.terms.credentials)
        return Task(command, folder, folder / LOG_FILE, {**self.terms.environment, **own})

    def _logged(self, execution: Execution, folder: Path) -> str:
        """Keep what an execution printed, and return where."""
        url = f"{self.terms.logs}/{execution.monitoring_schedule_name}"
        name = f"{execution.name}-{execution.attempt}.log"
        with suppress(KedgeError, OSError):  # a store that is away will be told of by the report
            logs = (path for path in (folder / LOG_FILE, folder / ANALYZER_LOG) if path.exists())
            self.store.write(url, {name: b"".join(path.read_bytes() for path in logs)})
        return f"{url}/{name}"

    def _put(self, execution: Execution) -> bool:
        """Put down how an execution stands, if it is still ours."""
        for _ in range(TRIES):
            record = self.records.get("execution", execution.name)
            known = record and from_record(Execution, record)
            ours = known and (known.worker, known.status in ENDED) == (self.name, False)
            if not record or not ours:
                return False
            if (record.status, execution.status) == ("Stopping", "Pending"):
                execution = self._as(execution, "Stopped", "It was stopped on request.")
            with suppress(Conflict):  # somebody asks for it to be stopped
                self.records.put(to_record(execution, record), ITSELF)
                return True
        return False

    def _as(self, execution: Execution, status: ExecutionStatus, reason: str, step: str | None = None) -> Execution:
        told: dict[str, Any] = {"failure_reason": shortened(reason), "next_step": step}
        return replace(execution, status=status, end_time=self.clock.now(), **told)


def _outcome(folder: Path) -> Outcome:
    """Return what the child said; how far it came, where it did not come to an end."""
    try:
        return from_document(Outcome, json.loads((folder / OUTCOME).read_bytes()))
    except (OSError, ValueError):
        return Outcome()


def _told(outcome: Outcome) -> dict[str, Any]:
    names = ("exit_message", "failure_reason", "next_step", "rows", "violations", "coverage")
    return {name: getattr(outcome, name) for name in names} | {"steps": tuple(map(_ended, outcome.steps))}


def _ended(step: Step) -> Step:
    return replace(step, status="Failed") if step.status == "InProgress" else step


def _failure(ended: Ended, limits: Limits) -> tuple[ExecutionStatus, str, str]:
    """Return status, reason and next step of what did not come to its end by itself."""
    peak = f"{ended.peak_bytes / 1e6:,.0f} MB"
    if ended.how == "stopped":
        return "Stopped", "It was stopped on request.", "Run it again: kedge schedule run-now."
    if ended.how == "time":
        return (
            "Stopped",
            f"It ran for {ended.seconds:,.0f} s, longer than the {limits.seconds:,.0f} s that it may.",
            "Allow more by max_runtime_in_seconds, or look at less: a shorter window, fewer columns.",
        )
    if ended.how == "memory":
        return (
            "Failed",
            f"It took {peak} of memory, more than the {limits.memory_bytes / 1e6:,.0f} MB it may.",
            "Allow more by memory_limit.",
        )
    how = f"by {signal.Signals(-ended.code).name}" if ended.code < 0 else f"with exit code {ended.code}"
    last = next((line for line in reversed(ended.tail.splitlines()) if line.strip()), "it printed nothing")
    return "Failed", f"Its process ended {how}, at {peak} of memory: {last}", "Look at its log: kedge execution logs."
