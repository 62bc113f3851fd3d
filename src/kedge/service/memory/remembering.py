"""Remembering by itself: what executions left is written down, and merged by day and month, a while after they end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import Execution, from_record
from kedge.domain.definition import MONITORS
from kedge.domain.record import Query, Record
from kedge.service.memory.memory import BY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.ports import Clock, Records
    from kedge.service.memory.memory import Memory

MARK: Final = Record("clock", "remembered")
ENDED_WELL: Final = ("Completed", "CompletedWithViolations")
OVERLAP: Final = timedelta(seconds=30)  # by which clocks of workers may differ; to remember twice is to remember once
PAGE: Final = 100


@dataclass(frozen=True)
class Remembering:
    """Keeps the memory up with the executions.

    Parameters
    ----------
    records
        Where executions are, and how far they are remembered.
    memory
        What remembers.
    clock
        By whose time a day is over; it may be a simulated one.
    """

    records: Records
    memory: Memory
    clock: Clock

    def once(self) -> int:
        """Remember what has ended since the last time, merge what is over, and return how many there were."""
        begun, mark = datetime.now(UTC), self.records.get(MARK.kind, MARK.name)
        since = mark.time - OVERLAP if mark and mark.time else None
        done = 0
        for execution in self._ended(since):
            owner = execution.endpoint_name or execution.dataset_name
            monitor = MONITORS.get(execution.monitoring_type)
            if owner and monitor and execution.report:
                self.memory.remember(monitor, owner, execution.window, execution.report)
                done += 1
        self.memory.roll_up(self.clock.now(), since)
        self.records.put(replace(mark or MARK, time=begun), BY)
        return done

    def _ended(self, since: datetime | None) -> Iterator[Execution]:
        asked = Query("execution", status=ENDED_WELL, modified_since=since, order="modified", limit=PAGE)
        while page := self.records.list(asked):
            yield from (from_record(Execution, record) for record in page)
            asked = replace(asked, after=page[-1])
