"""Watching: alarms are evaluated when a value comes, and when one should have come and did not.

How an alarm stands is one record. It is read before the values are, and put in its place only if it is still the one
that was read: of servers that see the same at the same time, one has the alarm go from one state to another, and the
others find it there. What became of it is told by the changes of that record, kept with it, both or neither.

Many alarms are evaluated together, in a few questions. Of one that stays as it is nothing is written.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from kedge.domain.alarm import Alarm, Alert
from kedge.domain.catalog import from_record, to_record
from kedge.domain.composite import parse
from kedge.domain.evaluation import evaluate, evaluate_executions, evaluate_rule
from kedge.domain.record import Query
from kedge.errors import Conflict
from kedge.service.alarms.watched import Watched
from kedge.service.catalog.kept import TRIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kedge.domain.alarm import AlarmState, Evaluation
    from kedge.domain.metric import Metric, Point
    from kedge.domain.record import Record
    from kedge.ports import Together
    from kedge.service.alarms.values import Values

    Moved = dict[str, tuple[Record | None, Evaluation]]  # how an alarm stood, and what its values say

LOG = logging.getLogger(__name__)
BY: Final = "alarms"
ITSELF: Final = ""  # what the server does by itself is no change that somebody made
DAYS: Final = 455.0
TIDY: Final = timedelta(hours=1)  # between two looks for what is old
AT_ONCE: Final = 500  # alarms that are evaluated together
MOST_MISSED: Final = (
    2_000  # alarms that miss a value with one look: when an hour ends, all do, and values that come wait
)


@dataclass
class Watching:
    """Evaluates alarms.

    Parameters
    ----------
    records
        Where alarms are, and how they stand.
    values
        What they watch.
    days
        How long is kept how they stood.
    """

    records: Together
    values: Values
    days: float = DAYS
    _tidied: datetime | None = field(default=None, init=False)
    _watched: Watched = field(init=False)
    _left: dict[str, None] = field(default_factory=dict, init=False)  # what went wrong is tried with the next look
    _missed: dict[str, None] = field(default_factory=dict, init=False)  # of which a value may be missed

    def __post_init__(self) -> None:
        self._watched = Watched(self.records)

    def look(self, now: datetime, metrics: Iterable[Metric] = (), schedules: Iterable[str] = ()) -> list[Alert]:
        """Evaluate alarms, and return those that went from one state to another.

        One that cannot be evaluated keeps no other from it.

        Parameters
        ----------
        now
            The present: alarms of which a value is missed by then are evaluated, and those that are new or changed.
        metrics, schedules
            Metrics of which a value came, and schedules of which an execution ended.
        """
        watched = self._watched
        watched.read(now)
        self._forget()
        self._tidy(now)
        self._missed |= dict.fromkeys(watched.due(now))
        called = (watched.changed, watched.of(metrics), watched.on(schedules), islice(self._missed, MOST_MISSED))
        names = dict.fromkeys([*self._left, *(name for some in called for name in some)])
        self._left, watched.changed = {}, {}
        self._missed = {name: None for name in self._missed if name not in names}
        alarms = [watched.alarms[name] for name in names if name in watched.alarms]
        alarms = [alarm for alarm in alarms if alarm.rule is None]
        parts = [alarms[start : start + AT_ONCE] for start in range(0, len(alarms), AT_ONCE)]
        return [*(alert for part in parts for alert in self._evaluated(part, now)), *self._composed(now)]

    def anew(self) -> None:
        """Have every alarm evaluated with the next look: another server may have left something undone."""
        self._watched.anew()

    def _evaluated(self, alarms: Sequence[Alarm], now: datetime) -> list[Alert]:
        """Evaluate alarms together, and return those that went; those that somebody else had go are evaluated again."""
        went: list[Alert] = []
        try:
            for _ in range(TRIES):
                moved = self._moved(alarms, now)
                went += self._kept(moved, now)
                alarms = [alarm for alarm in alarms if alarm.name in moved]
                if not alarms:
                    return went
            raise Conflict("Somebody else is always sooner.", next_step="They are evaluated with the next look.")
        except Exception as error:
            self._leave([alarm.name for alarm in alarms], error)
        return went

    def _moved(self, alarms: Sequence[Alarm], now: datetime) -> Moved:
        """Return those that do not stand as their values say."""
        known = self._found(Alert.kind, [alarm.name for alarm in alarms])  # first: who saw older ones must not go back
        values, moved = self.values.points(alarms, now), {}
        for alarm in alarms:
            record = known.get(alarm.name)
            stood = cast("AlarmState", record.status) if record else "INSUFFICIENT_DATA"
            try:
                said = self._evaluation(alarm, values.get(alarm.name, ()), now, stood)
            except Exception as error:
                self._leave([alarm.name], error)
                continue
            if record is None or said.state != stood:
                moved[alarm.name] = (record, said)
        return moved

    def _evaluation(self, alarm: Alarm, points: Sequence[Point], now: datetime, stood: AlarmState) -> Evaluation:
        if alarm.rule is not None:
            return evaluate_rule(alarm, self._states(parse(alarm.rule).names()))
        if alarm.executions_of is not None:
            return evaluate_executions(alarm, self.values.verdicts(alarm))
        if alarm.retraining is not None:
            return self.values.worn(alarm, now)
        return evaluate(alarm, self.values.of_periods(alarm, points, now), now, stood)

    def _kept(self, moved: Moved, now: datetime) -> list[Alert]:
        """Keep how alarms stand now, and return those that went; what stays in ``moved`` somebody else had go."""
        self._take_out(moved)
        stands = {name: _stands(name, record, said, now) for name, (record, said) in moved.items()}
        records = {name: to_record(stands[name], record) for name, (record, _) in moved.items()}
        new = [name for name, alert in stands.items() if alert.state == alert.previous]
        kept = self.records.put_all([records.pop(name) for name in new], ITSELF)
        went = self.records.put_all(list(records.values()), BY)
        for record in (*kept, *went):
            del moved[record.name]
        return [stands[record.name] for record in went]

    def _take_out(self, moved: Moved) -> None:
        """Take out alarms whose rule is not the one that was evaluated: it was changed meanwhile, or deleted."""
        rules = self._found(Alarm.kind, list(moved))
        for name in list(moved):
            if not self._watched.holds(rules.get(name)):
                del moved[name]
                self._watched.stale()

    def _composed(self, now: datetime) -> list[Alert]:
        """Evaluate composite alarms, and return those that went."""
        went: list[Alert] = []
        alarms = [self._watched.alarms[name] for name in self._watched.composed]
        try:
            states = self._states(name for alarm in alarms for name in (alarm.name, *parse(str(alarm.rule)).names()))
            for alarm in alarms:
                if evaluate_rule(alarm, states).state != states.get(alarm.name):
                    went += self._evaluated([alarm], now)
                    states |= self._states([alarm.name])
        except Exception as error:
            self._leave([], error)
        return went

    def _states(self, names: Iterable[str]) -> dict[str, AlarmState]:
        """Return how alarms stand, without those that are not there."""
        found = self._found(Alert.kind, list(dict.fromkeys(names)))
        return {name: cast("AlarmState", record.status) for name, record in found.items()}

    def _found(self, kind: str, names: Sequence[str]) -> Mapping[str, Record]:
        parts = (tuple(names[start : start + AT_ONCE]) for start in range(0, len(names), AT_ONCE))
        return {record.name: record for part in parts for record in self.records.list(Query(kind, names=part))}

    def _forget(self) -> None:
        """Forget how alarms stood that were deleted."""
        while self._watched.gone:
            name = next(iter(self._watched.gone))
            known = self.records.get(Alert.kind, name)
            if known and self.records.get(Alarm.kind, name) is None:
                with suppress(Conflict):
                    self.records.delete(known, ITSELF)
            del self._watched.gone[name]

    def _tidy(self, now: datetime) -> None:
        """Forget how alarms stood long ago, every now and then: some of them go each hour."""
        if self._tidied is None or now - self._tidied >= TIDY:
            self._tidied = now
            self.records.forget(Alert.kind, now - timedelta(days=self.days))

    def _leave(self, names: Sequence[str], error: Exception) -> None:
        """Tell what went wrong, and leave alarms to the next look."""
        self._left |= dict.fromkeys(names)
        who = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more" if names else "of others"
        LOG.error("alarm %s: %s", who, " ".join(str(error).split()) or type(error).__name__)


def _stands(name: str, known: Record | None, said: Evaluation, now: datetime) -> Alert:
    stood = from_record(Alert, known) if known else Alert(name=name)
    if said.state == stood.state:
        return stood
    return replace(
        stood,
        state=said.state,
        previous=stood.state,
        reason=said.reason,
        datapoints=said.datapoints,
        since=now,
        number=stood.number + 1,
    )
