"""What alarms watch: points of metrics, lines of logs, and verdicts of executions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import ENDED, Execution, from_record
from kedge.domain.evaluation import due, since
from kedge.domain.metric import Point, summarised
from kedge.domain.record import Query
from kedge.domain.window import Window
from kedge.errors import KedgeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from kedge.domain.alarm import Alarm, Evaluation
    from kedge.ports import History, ObjectStore, Records

VIOLATED: Final = "CompletedWithViolations"
MOST_COUNTED: Final = 20_000  # logs and texts whose lines are not counted again
REVISIONS: Final = 4  # as many of a slot are looked at, on average, to find the latest of each


@dataclass(frozen=True)
class Values:
    """Looks up what alarms watch.

    Parameters
    ----------
    records
        Where executions are.
    history
        Where the points of metrics are.
    store
        Where logs are.
    """

    records: Records
    history: History
    store: ObjectStore
    _counts: dict[tuple[str, str], int] = field(default_factory=dict, init=False, repr=False)

    def points(self, alarms: Sequence[Alarm], now: datetime) -> dict[str, list[Point]]:
        """Return the points of alarms that watch metrics, each by its name: those of the same are read once."""
        asked = {alarm.name: (alarm.metric, _looked_at(alarm, now)) for alarm in alarms if alarm.metric}
        return dict(zip(asked, self.history.several(list(asked.values())), strict=True))

    def of_periods(self, alarm: Alarm, points: Iterable[Point], now: datetime) -> list[Point]:
        """Return one value of each period that has any: of these points, or of the lines that an alarm counts."""
        points = self._counted(alarm, now) if alarm.lines else points
        return list(summarised(points, alarm.period_seconds, alarm.statistic))

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
        found = latest(from_record(Execution, record) for record in self.records.list(asked))
        return [Point(one.scheduled_time, float(one.status == VIOLATED)) for one in found]

    def worn(self, alarm: Alarm, now: datetime) -> Evaluation:
        """Return what an alarm says of a model that may have to be trained again."""
        from kedge.service.alarms.retraining import Wear  # loaded where it is asked for: numpy takes long

        return Wear(self.records, self.store).evaluation(alarm, now)

    def _counted(self, alarm: Alarm, now: datetime) -> Iterator[Point]:
        """Yield how many lines of each execution have the text; its time is that of its slot."""
        assert alarm.lines is not None, "it watches lines"
        asked = Query(Execution.kind, parent=alarm.lines.schedule, status=tuple(sorted(ENDED)), since=since(alarm, now))
        for execution in latest(from_record(Execution, record) for record in self.records.list(asked)):
            places = [execution.log] if execution.log else [step.log for step in execution.steps if step.log]
            yield Point(execution.scheduled_time, float(sum(self._count(place, alarm.lines.text) for place in places)))

    def _count(self, place: str, text: str) -> int:
        """Return how many lines of a log have a text; it is read once, as it is whole. A log that is gone has none."""
        known = self._counts.get((place, text))
        if known is None:
            try:
                printed = self.store.read(place).decode("utf-8", "replace")
            except KedgeError:
                return 0
            known = sum(text in line for line in printed.splitlines()) if text in printed else 0
            while len(self._counts) >= MOST_COUNTED:
                del self._counts[next(iter(self._counts))]
            self._counts[place, text] = known
        return known


def _looked_at(alarm: Alarm, now: datetime) -> Window:
    return Window(since(alarm, now), due(alarm, now))


def latest(executions: Iterable[Execution]) -> list[Execution]:
    """Return of each slot the execution that judged last, the newest slot first."""
    by_slot: dict[datetime, Execution] = {}
    for execution in sorted(executions, key=lambda one: one.revision):
        by_slot[execution.scheduled_time] = execution
    return [by_slot[slot] for slot in sorted(by_slot, reverse=True)]
