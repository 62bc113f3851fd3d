"""The scheduler: of every slot that is due it makes an execution, once.

An execution is made before its schedule moves on, and its name is made of schedule and slot. So whoever is killed in
between, and whoever does the same at the same time, finds it there: no slot is lost, and none runs twice.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import Execution, MonitoringSchedule, from_record, pending_execution, to_record
from kedge.domain.record import Query
from kedge.domain.schedule_expression import Once, parse, window
from kedge.errors import Conflict, SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.record import Record
    from kedge.domain.schedule_expression import Expression
    from kedge.ports import Records

PAGE: Final = 500
MOMENT: Final = timedelta(microseconds=1)
JUMP: Final = timedelta(minutes=1)  # by which a clock has to go back to be noticed
ITSELF: Final = ""  # what the server does by itself is no change that somebody made


@dataclass
class Scheduler:
    """Makes executions.

    Parameters
    ----------
    records
        The catalog.
    jitter_seconds
        Up to how long after its slot an execution starts: of each schedule always the same, by its name.
    """

    records: Records
    jitter_seconds: float = 0.0
    _last: datetime | None = field(default=None, init=False)

    def tick(self, now: datetime) -> list[Execution]:
        """Make the executions that are due, each slot's once, and return them."""
        if self._last is None or now < self._last - JUMP:
            self._set_back(now)
        self._last = now
        return [made for record in self._due(now) for made in self._run(record, now)]

    def delay(self, schedule: str) -> timedelta:
        """Return how long after its slot a schedule's executions start."""
        digest = blake2b(schedule.encode(), digest_size=8).digest()
        return timedelta(seconds=round(self.jitter_seconds * int.from_bytes(digest) / 2**64, 3))

    def _due(self, now: datetime) -> Iterator[Record]:
        """Yield the schedules whose slot has come, and those that have none yet."""
        asked = Query("schedule", status=("Pending", "Scheduled"), until=now + MOMENT, order="time", limit=PAGE)
        for record in _all(self.records, asked):
            if record.time is None or record.time + self.delay(record.name) <= now:
                yield record

    def _run(self, record: Record, now: datetime) -> list[Execution]:
        """Make the executions of one schedule, and let it move on; a schedule that is changed meanwhile stays."""
        schedule = from_record(MonitoringSchedule, record)
        try:
            expression = parse(schedule.schedule_expression)
            due = self._slots(schedule, expression, now)
            made = [made for slot in due if (made := self._made(schedule, expression, slot))]
            moved = _moved(schedule, expression, now)
        except SettingError as error:
            made, moved = [], replace(schedule, status="Failed", failure_reason=str(error), next_time=None)
        with suppress(Conflict):
            self.records.put(to_record(moved, record), ITSELF)
        return made

    def _slots(self, schedule: MonitoringSchedule, expression: Expression, now: datetime) -> list[datetime]:
        """Return the slots to run, the earliest first: of those that were missed the latest few, or only the last."""
        if isinstance(expression, Once):
            return [schedule.next_time or now.replace(second=0, microsecond=0)]
        if schedule.next_time is None:
            return []
        found: deque[datetime] = deque()
        slot = expression.before(now - self.delay(schedule.name) + MOMENT)
        while slot and slot >= schedule.next_time and len(found) < _most(schedule):
            found.appendleft(slot)
            slot = expression.before(slot)
        return list(found)

    def _made(self, schedule: MonitoringSchedule, expression: Expression, slot: datetime) -> Execution | None:
        offsets = schedule.data_analysis_start_time, schedule.data_analysis_end_time
        execution = pending_execution(schedule, slot, window(expression, slot, *offsets))
        with suppress(Conflict):
            self.records.put(to_record(execution), ITSELF)
            return execution
        return None

    def _set_back(self, now: datetime) -> None:
        """Let no schedule wait for a time that a clock which ran ahead has put it to."""
        asked = Query("schedule", status=("Scheduled",), since=now + MOMENT, order="time", limit=PAGE)
        for record in list(_all(self.records, asked)):
            schedule = from_record(MonitoringSchedule, record)
            with suppress(SettingError, Conflict):
                following = parse(schedule.schedule_expression).after(now)
                if following and record.time and following < record.time:
                    self.records.put(to_record(replace(schedule, next_time=following), record), ITSELF)


def _all(records: Records, asked: Query) -> Iterator[Record]:
    page = records.list(asked)
    while page:
        yield from page
        page = records.list(replace(asked, after=page[-1])) if len(page) == asked.limit else []


def _most(schedule: MonitoringSchedule) -> int:
    return max(schedule.catch_up_limit, 1) if schedule.catch_up == "run" else 1


def _moved(schedule: MonitoringSchedule, expression: Expression, now: datetime) -> MonitoringSchedule:
    """Return a schedule as it stands after its slots up to now; one that runs once has come to its end."""
    if isinstance(expression, Once):
        return replace(schedule, status="Stopped", next_time=None)
    return replace(schedule, status="Scheduled", next_time=expression.after(now.astimezone(UTC)))
