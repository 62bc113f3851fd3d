"""What alarms watch: points of metrics, lines of logs, and verdicts of executions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import ENDED, Execution, from_record
from kedge.domain.evaluation import since
from kedge.domain.metric import Point, summarised
from kedge.domain.record import Query
from kedge.errors import KedgeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from kedge.domain.alarm import Alarm
    from kedge.ports import ObjectStore, Points, Records

VIOLATED: Final = "CompletedWithViolations"
REVISIONS: Final = 4  # as many of a slot are looked at, on average, to find the latest of each


@dataclass(frozen=True)
class Values:
    """Looks up what alarms watch.

    Parameters
    ----------
    records
        Where executions are.
    history
        Where points are.
    store
        Where logs are.
    """

    records: Records
    history: Points
    store: ObjectStore

    def points(self, alarm: Alarm, now: datetime) -> list[Point]:
        """Return one value of each period that has any."""
        if alarm.metric:
            until = now + alarm.period  # the period that runs, as a whole
            return self.history.query(alarm.metric, since(alarm, now), until, alarm.period_seconds, alarm.statistic)
        return list(summarised(self._counted(alarm, now), alarm.period_seconds, alarm.statistic))

    def verdicts(self, alarm: Alarm) -> list[Point]:
        """Return whether executions found violations, the newest first; of a slot that was judged again the last."""
        asked = Query(
            Execution.kind,
            parent=alarm.executions_of,
            status=tuple(sorted(ENDED)),
            order="time",
            descending=True,
            limit=alarm.evaluation_periods * REVISIONS,
        )
        found = _latest(from_record(Execution, record) for record in self.records.list(asked))
        return [Point(one.scheduled_time, float(one.status == VIOLATED)) for one in found]

    def _counted(self, alarm: Alarm, now: datetime) -> Iterator[Point]:
        """Yield how many lines of each execution have the text; its time is that of its slot."""
        assert alarm.lines is not None, "it watches lines"
        asked = Query(Execution.kind, parent=alarm.lines.schedule, status=tuple(sorted(ENDED)), since=since(alarm, now))
        for execution in _latest(from_record(Execution, record) for record in self.records.list(asked)):
            count = sum(alarm.lines.text in line for line in self._printed(execution))
            yield Point(execution.scheduled_time, float(count))

    def _printed(self, execution: Execution) -> Iterator[str]:
        """Yield the lines that an execution printed, or each of its steps; a log that is gone has none."""
        for place in [execution.log] if execution.log else [step.log for step in execution.steps if step.log]:
            with suppress(KedgeError):
                yield from self.store.read(place).decode("utf-8", "replace").splitlines()


def _latest(executions: Iterable[Execution]) -> list[Execution]:
    """Return of each slot the execution that judged last, the newest slot first."""
    by_slot: dict[datetime, Execution] = {}
    for execution in sorted(executions, key=lambda one: one.revision):
        by_slot[execution.scheduled_time] = execution
    return [by_slot[slot] for slot in sorted(by_slot, reverse=True)]
