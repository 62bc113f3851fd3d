"""Watching: alarms are evaluated when a value comes, and when one should have come and did not.

How an alarm stands is one record. It is read before the values are, and put in its place only if it is still the one
that was read: of servers that see the same at the same time, one has the alarm go from one state to another, and the
others find it there. What became of it is told by the changes of that record, kept with it, both or neither.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from kedge.domain.alarm import Alarm, Alert
from kedge.domain.catalog import from_record, to_record
from kedge.domain.composite import composed, parse
from kedge.domain.evaluation import due, evaluate, evaluate_executions, evaluate_rule
from kedge.domain.record import Query
from kedge.errors import Conflict, KedgeError
from kedge.service.catalog.kept import TRIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from kedge.domain.alarm import AlarmState, Evaluation
    from kedge.domain.metric import Metric
    from kedge.domain.record import Record
    from kedge.ports import Records
    from kedge.service.alarms.values import Values

LOG = logging.getLogger(__name__)
BY: Final = "alarms"
ITSELF: Final = ""  # what the server does by itself is no change that somebody made
PAGE: Final = 500
MOMENT: Final = timedelta(microseconds=1)
STALE: Final = timedelta(minutes=1)  # after which alarms are read again, should the clocks of servers differ
Key = tuple[str, str]
COMPOSITE: Final[Key] = ("", "")


@dataclass
class Watching:
    """Evaluates alarms.

    Parameters
    ----------
    records
        Where alarms are, and how they stand.
    values
        What they watch.
    """

    records: Records
    values: Values
    _known: tuple[Record, ...] = field(default=(), init=False)
    _read: datetime | None = field(default=None, init=False)
    _watched: dict[Key, list[Alarm]] = field(default_factory=dict, init=False)
    _versions: dict[str, int] = field(default_factory=dict, init=False)
    _changed: dict[str, None] = field(default_factory=dict, init=False)

    def look(self, now: datetime, metrics: Iterable[Metric] = (), schedules: Iterable[str] = ()) -> list[Alert]:
        """Evaluate alarms, and return those that went from one state to another.

        Parameters
        ----------
        now
            The present: alarms of which a value is missed by then are evaluated, and those that are new or changed.
        metrics, schedules
            Metrics of which a value came, and schedules of which an execution ended.
        """
        composed = self._composed(now)
        names = dict.fromkeys([*self._changed, *self._due(now), *self._of(metrics, now), *self._on(schedules)])
        self._changed = {}
        went = self._evaluated((name for name in names if name not in composed), now)
        return [*went, *self._evaluated(composed, now)]

    def _due(self, now: datetime) -> Iterator[str]:
        asked = Query(Alert.kind, until=now + MOMENT, order="time", limit=PAGE)
        return (record.name for record in self._all(asked))

    def _of(self, metrics: Iterable[Metric], now: datetime) -> Iterator[str]:
        watched = self._watching(now)
        for metric in metrics:
            for alarm in watched.get((metric.namespace, metric.name), ()):
                if alarm.metric and alarm.metric.covers(metric):
                    yield alarm.name

    def _on(self, schedules: Iterable[str]) -> Iterator[str]:
        for schedule in schedules:
            yield from (record.name for record in self.records.list(Query(Alarm.kind, parent=schedule)))

    def _evaluated(self, names: Iterable[str], now: datetime) -> list[Alert]:
        """Evaluate alarms, and return those that went; one that cannot be evaluated keeps none from it."""
        went = []
        for name in names:
            try:
                went.append(self._evaluate(name, now))
            except KedgeError as error:
                LOG.error("alarm %s: %s", name, " ".join(str(error).split()))
        return [alert for alert in went if alert]

    def _evaluate(self, name: str, now: datetime) -> Alert | None:
        """Evaluate one alarm, and return how it stands if it went from one state to another by this."""
        for left in reversed(range(TRIES)):
            known = self.records.get(Alert.kind, name)  # before its values: who saw older ones must not go back
            record = self.records.get(Alarm.kind, name)
            if record is None:
                self._forget(known)
                return None
            alarm, stood = from_record(Alarm, record), from_record(Alert, known) if known else Alert(name=name)
            stands = _moved(stood, self._evaluation(alarm, stood.state, now), due(alarm, now), now)
            if stands == stood:
                return None
            went = stands.number > stood.number
            try:
                self.records.put(to_record(stands, known), BY if went else ITSELF)
            except Conflict:
                if not left:
                    raise
            else:
                return stands if went else None
        raise AssertionError("unreachable")

    def _forget(self, known: Record | None) -> None:
        """Forget how an alarm stood that was deleted."""
        if known:
            with suppress(Conflict):
                self.records.delete(known, ITSELF)

    def _evaluation(self, alarm: Alarm, state: AlarmState, now: datetime) -> Evaluation:
        if alarm.rule is not None:
            return evaluate_rule(alarm, self._states(alarm.rule))
        if alarm.executions_of is not None:
            return evaluate_executions(alarm, self.values.verdicts(alarm))
        return evaluate(alarm, self.values.points(alarm, now), now, state)

    def _states(self, rule: str) -> dict[str, AlarmState]:
        """Return how the alarms stand that a rule names, without those that are not there."""
        found = (self.records.get(Alert.kind, name) for name in parse(rule).names())
        return {record.name: from_record(Alert, record).state for record in found if record}

    def _composed(self, now: datetime) -> list[str]:
        """Return the names of composite alarms, each after those that it names: none goes by what is over."""
        return composed({alarm.name: str(alarm.rule) for alarm in self._watching(now).get(COMPOSITE, ())})

    def _watching(self, now: datetime) -> Mapping[Key, list[Alarm]]:
        """Return the alarms by the metric that they watch, composite ones by none; read again when any was changed."""
        newest = tuple(self.records.list(Query(Alarm.kind, order="modified", descending=True, limit=1)))
        if newest != self._known or self._read is None or not timedelta() <= now - self._read < STALE:
            self._watched, self._read = {}, now
            for record in self._all(Query(Alarm.kind, limit=PAGE)):
                self._add(record)
            self._known = newest
        return self._watched

    def _add(self, record: Record) -> None:
        alarm = from_record(Alarm, record)
        if alarm.metric or alarm.rule:
            key = (alarm.metric.namespace, alarm.metric.name) if alarm.metric else COMPOSITE
            self._watched.setdefault(key, []).append(alarm)
        if self._versions.get(alarm.name) != record.version:
            self._versions[alarm.name] = record.version
            self._changed[alarm.name] = None

    def _all(self, asked: Query) -> Iterator[Record]:
        """Yield what a query finds, page by page; what is changed meanwhile comes once."""
        page = self.records.list(asked)
        while page:
            yield from page
            page = self.records.list(replace(asked, after=page[-1])) if len(page) == PAGE else []


def _moved(stood: Alert, said: Evaluation, following: datetime, now: datetime) -> Alert:
    if said.state == stood.state:
        return replace(stood, next_time=following)
    return Alert(
        name=stood.name,
        state=said.state,
        previous=stood.state,
        reason=said.reason,
        datapoints=said.datapoints,
        since=now,
        number=stood.number + 1,
        next_time=following,
    )
