"""Executions: those that somebody asks for beside the schedule, and all that were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from kedge.domain.catalog import ENDED, Execution, execution_name, pending_execution
from kedge.domain.record import Query
from kedge.domain.schedule_expression import parse, slots, window
from kedge.domain.window import format_time
from kedge.errors import Conflict, InputError, SettingError
from kedge.service.catalog.kept import Kept
from kedge.service.catalog.schedules import first_slot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kedge.domain.catalog import Cause, ExecutionStatus, MonitoringSchedule
    from kedge.ports import Clock

BROKEN = ("Failed", "Stopped")  # without a verdict
MOST_BACKFILLED = 10_000
PAGE = 1_000


@dataclass(frozen=True)
class Executions(Kept[Execution]):
    """Runs of schedules."""

    clock: Clock

    cls = Execution

    def run_now(self, schedule: MonitoringSchedule) -> Execution:
        """Have the last slot of a schedule run, again if it was: then it is judged anew, and both verdicts stay.

        Raises
        ------
        Conflict
            An execution of the slot waits or runs.
        """
        expression, now = parse(schedule.schedule_expression), self.clock.now()
        slot = expression.before(now) or first_slot(schedule, now)
        assert slot is not None, "a schedule that runs once has a slot now"
        last = self.last(schedule.name, slot)
        if last and last.status not in ENDED:
            raise Conflict(
                f"The execution {last.name!r} is {last.status}.",
                next_step=f"Wait for it: kedge execution show {last.name}.",
            )
        return self._pend(schedule, slot, last.revision + 1 if last else 1, "run-now")

    def backfill(
        self, schedule: MonitoringSchedule, start: datetime, end: datetime, *, again: bool = False
    ) -> list[Execution]:
        """Have every slot run that is later than ``start``, no later than ``end``, past, and was not run yet.

        Parameters
        ----------
        again
            Whether those whose last execution failed or was stopped run again, too, as the next revision.
        """
        until = min(end, self.clock.now())
        due = list(islice(slots(parse(schedule.schedule_expression), start, until), MOST_BACKFILLED + 1))
        if not due:
            raise InputError(
                f"No slot of {schedule.schedule_expression!r} is later than {format_time(start)} and no later than"
                f" {format_time(until)}.",
                field="--from",
                next_step="Give a longer time that is past.",
            )
        if len(due) > MOST_BACKFILLED:
            raise SettingError(
                f"These are more than {MOST_BACKFILLED:,} slots.",
                field="--to",
                next_step="Go on from where it ends, in several steps.",
            )
        return [made for slot in due if (made := self._once(schedule, slot, again=again)) is not None]

    def stop(self, name: str) -> Execution:
        """Have an execution end: at once where it waits, else by the worker that runs it.

        Raises
        ------
        Conflict
            It has ended.
        """
        return self.change(name, self._stopped)

    def last(self, schedule: str, slot: datetime) -> Execution | None:
        """Return the execution of a slot that judged last."""
        found, revision = self.find(execution_name(schedule, slot)), 1
        while found and (later := self.find(execution_name(schedule, slot, revision := revision + 1))):
            found = later
        return found

    def search(
        self,
        *,
        schedule: str | None = None,
        source: str | None = None,
        status: tuple[ExecutionStatus, ...] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 20,
    ) -> list[Execution]:
        """Return the executions that are asked for, the latest slot first."""
        query = Query(
            Execution.kind,
            parent=schedule,
            status=status,
            since=since,
            until=until,
            order="time",
            descending=True,
            limit=limit if source is None else PAGE,
        )
        return list(islice((found for found in self._all(query) if source in (None, found.source)), limit))

    def newest(self) -> dict[str, Execution]:
        """Return the last execution of every schedule that has one, by the name of the schedule."""
        found = self.list(newest_of="schedule")
        return {one.monitoring_schedule_name: one for one in sorted(found, key=lambda one: one.revision)}

    def _all(self, query: Query) -> Iterator[Execution]:
        """Yield what a query finds, page by page: of whom an execution is stands in its document alone."""
        while page := self.records.list(query):
            yield from map(self._read, page)
            query = replace(query, after=page[-1])

    def _stopped(self, execution: Execution) -> Execution:
        if execution.status in ENDED:
            raise Conflict(
                f"The execution {execution.name!r} has ended already: it is {execution.status}.",
                next_step=f"Look at it: kedge execution show {execution.name}.",
            )
        if execution.status != "Pending":
            return replace(execution, status="Stopping")
        reason = "It was stopped on request."
        return replace(execution, status="Stopped", failure_reason=reason, end_time=self.clock.now())

    def _once(self, schedule: MonitoringSchedule, slot: datetime, *, again: bool) -> Execution | None:
        last = self.last(schedule.name, slot)
        if last and not (again and last.status in BROKEN):
            return None
        try:
            return self._pend(schedule, slot, last.revision + 1 if last else 1, "backfill")
        except Conflict:  # somebody did, and that is as well
            return None

    def _pend(self, schedule: MonitoringSchedule, slot: datetime, revision: int, cause: Cause) -> Execution:
        start, end = schedule.data_analysis_start_time, schedule.data_analysis_end_time
        between = window(parse(schedule.schedule_expression), slot, start, end)
        return self.make(pending_execution(schedule, slot, between, revision=revision, cause=cause))
