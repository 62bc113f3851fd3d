"""Alarms: which there are, how each stands, and who looks after it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_args

from kedge.domain import wire
from kedge.domain.alarm import MOST_PERIODS, STATES, Acknowledgement, Alarm, Alert, Comparison, Missing, Silence, Worn
from kedge.domain.catalog import MonitoringSchedule, from_record, to_record
from kedge.domain.composite import parse
from kedge.domain.documents import from_document
from kedge.domain.metric import statistic_of
from kedge.domain.record import Query
from kedge.domain.spellings import understood
from kedge.domain.standing import Standing
from kedge.errors import Conflict, InUse, NotFound, SettingError, did_you_mean
from kedge.service.alarms.names import DRIFT, check, check_feature, namespace
from kedge.service.catalog import rules
from kedge.service.catalog.kept import SUGGESTED, TRIES, Kept
from kedge.service.catalog.receivers import not_named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from kedge.domain.alarm import AlarmState
    from kedge.domain.metric import Metric
    from kedge.ports import Clock, Records

LONGEST_DESCRIPTION: Final = 1024
LONGEST_PERIOD: Final = 604_800
FEW: Final = 1_001  # alarms by whose names it is asked what stands beside them; beside more, everything is read
Note = TypeVar("Note", Silence, Acknowledgement)
Beside = TypeVar("Beside", Alert, Silence, Acknowledgement)


@dataclass(frozen=True)
class Alarms(Kept[Alarm]):
    """Rules, and how they stand.

    Parameters
    ----------
    clock
        Tells when a silence is over.
    features
        Tells the features of a schedule's baseline, as far as they are known.
    """

    clock: Clock
    features: Callable[[Records, MonitoringSchedule], Sequence[str]] = lambda *_: ()

    cls = Alarm

    def list(self, **asked: Any) -> list[Alarm]:
        """Return those that a query asks for; ``status`` is how they stand."""
        return [one.alarm for one in self.standings(**asked)] if asked.get("status") else super().list(**asked)

    def standing(self, name: str) -> Standing:
        """Return one with how it stands, its silence and who looks after it."""
        return self.beside([self.get(name)])[0]

    def standings(self, status: tuple[str, ...] = (), limit: int | None = None, **asked: Any) -> Sequence[Standing]:
        """Return those that a query asks for, each with how it stands; ``status`` is that."""
        states = {state_of(state) for state in status}
        found = self.beside(super().list(limit=None if states else limit, **asked))
        return [one for one in found if not states or one.alert.state in states][:limit]

    def beside(self, alarms: Sequence[Alarm]) -> Sequence[Standing]:
        """Return alarms with what stands beside them, which is read in three questions, however many they are."""
        if not alarms:
            return []
        names = tuple(alarm.name for alarm in alarms) if len(alarms) <= FEW else ()
        alerts, silences = self._notes(Alert, names), self._notes(Silence, names)
        known, now = self._notes(Acknowledgement, names), self.clock.now()
        return [
            Standing(
                alarm=alarm,
                alert=(alert := alerts.get(alarm.name) or Alert(name=alarm.name)),
                silence=silence if (silence := silences.get(alarm.name)) and silence.holds(now) else None,
                acknowledgement=theirs if (theirs := known.get(alarm.name)) and theirs.of(alert) else None,
            )
            for alarm in alarms
        ]

    def declare(self, alarm: Alarm, expected: Alarm | None = None) -> Alarm:
        """Keep one, in the place of that of the same name, which is what was ``expected``, if anything was.

        It is evaluated with the next look; how it stands stays until then. A metric without a namespace has that of
        its schedule.

        Raises
        ------
        NotFound
            It names a metric, a schedule or an alarm that is not there; the nearest is told.
        SettingError
            It breaks a rule; ``field`` names the field.
        """
        alarm = self._checked(alarm)
        if expected is None and self.find(alarm.name) is None:
            return self.make(alarm)
        return self.change(alarm.name, lambda _: alarm, expected)

    def delete(self, name: str) -> None:
        """Delete one with all that stands beside it; what became of it is kept.

        Raises
        ------
        InUse
            The rule of another one names it, or a subscription.
        """
        self.get(name)
        using = next((one.name for one in self.list() if one.rule and name in parse(one.rule).names()), None)
        if using:
            raise InUse(
                f"The rule of the alarm {using!r} names it.", field="alarm", next_step="Change or delete that first."
            )
        not_named(self.records, "alarms", name, "alarm")
        for kind in (Alert.kind, Silence.kind, Acknowledgement.kind):
            if record := self.records.get(kind, name):
                self.records.delete(record, self.by)
        self.remove(name)

    def alert(self, name: str) -> Alert:
        """Return how one stands."""
        self.get(name)
        record = self.records.get(Alert.kind, name)
        return from_record(Alert, record) if record else Alert(name=name)

    def alerts(self, **asked: object) -> Sequence[Alert]:
        """Return how those stand that a query asks for."""
        query = replace(Query(Alert.kind), **asked)  # type: ignore[arg-type]
        return [from_record(Alert, record) for record in self.records.list(query)]

    def transitions(self, name: str) -> Sequence[Alert]:
        """Return how an alarm stood after each time that it went from one state to another, the first one first."""
        documents = [change.after for change in self.records.changes(Alert.kind, name) if change.after]
        if not documents:
            self.get(name)
        found = [from_document(Alert, document) for document in documents]
        return [alert for alert, last in zip(found, [None, *found], strict=False) if alert.number and alert != last]

    def silence(self, name: str, until: datetime, reason: str = "") -> Silence:
        """Have nobody told of an alarm until then, also where it is silent already.

        Raises
        ------
        SettingError
            That is past.
        """
        self.get(name)
        rules.at_most(reason, LONGEST_DESCRIPTION, "reason")
        until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
        if until <= self.clock.now():
            raise SettingError("The silence would be over already.", field="until", next_step="Name a time to come.")
        return self._note(Silence(name=name, until=until, by=self.by, reason=reason))

    def unsilence(self, name: str) -> None:
        """Have an alarm's messages sent again."""
        self.get(name)
        if record := self.records.get(Silence.kind, name):
            self.records.delete(record, self.by)

    def silenced(self, name: str) -> Silence | None:
        """Return the silence that holds for an alarm now."""
        record = self.records.get(Silence.kind, name)
        found = from_record(Silence, record) if record else None
        return found if found and found.holds(self.clock.now()) else None

    def acknowledge(self, name: str, reason: str = "") -> Acknowledgement:
        """Say that somebody looks after what alarms now.

        Raises
        ------
        Conflict
            It does not alarm.
        """
        rules.at_most(reason, LONGEST_DESCRIPTION, "reason")
        alert = self.alert(name)
        if alert.state != "ALARM":
            raise Conflict(
                f"The alarm {name!r} is {alert.state}, so that there is nothing to look after.",
                next_step="Acknowledge it while it is ALARM.",
            )
        time = self.clock.now()
        return self._note(Acknowledgement(name=name, number=alert.number, time=time, by=self.by, reason=reason))

    def acknowledged(self, name: str) -> Acknowledgement | None:
        """Return who looks after what alarms now."""
        record = self.records.get(Acknowledgement.kind, name)
        found = from_record(Acknowledgement, record) if record else None
        return found if found and found.of(self.alert(name)) else None

    def _notes(self, cls: type[Beside], names: tuple[str, ...]) -> dict[str, Beside]:
        """Return what stands beside alarms, by their names; without names, beside all."""
        records = self.records.list(Query(cls.kind, names=names))
        return {record.name: from_record(cls, record) for record in records}

    def _note(self, note: Note) -> Note:
        """Keep a document beside an alarm, in the place of the one before."""
        for left in reversed(range(TRIES)):
            try:
                self.records.put(to_record(note, self.records.get(note.kind, note.name)), self.by)
                break
            except Conflict:
                if not left:
                    raise
        return note

    def _checked(self, alarm: Alarm) -> Alarm:
        rules.named(alarm.name)
        rules.at_most(alarm.description, LONGEST_DESCRIPTION, "description")
        _watches_one(alarm)
        statistic_of(alarm.statistic)
        rules.between(alarm.period_seconds, 1, LONGEST_PERIOD, "period")
        rules.between(alarm.evaluation_periods, 1, MOST_PERIODS, "evaluation_periods")
        rules.between(alarm.datapoints_to_alarm, 1, alarm.evaluation_periods, "datapoints_to_alarm")
        rules.one_of(alarm.comparison_operator, get_args(Comparison), "comparison_operator")
        rules.one_of(alarm.treat_missing_data, get_args(Missing), "treat_missing_data")
        if not _is_number(alarm.threshold):
            raise SettingError("The threshold is no number.", field="threshold", next_step="Give one.")
        if alarm.schedule:
            schedule = self._schedule(alarm.schedule, alarm.watched[0])
            if alarm.retraining:
                _retraining(alarm.retraining, schedule)
        if alarm.rule is not None:
            self._rule(alarm)
        return replace(alarm, metric=self._metric(alarm.metric)) if alarm.metric else alarm

    def _metric(self, metric: Metric) -> Metric:
        """Return a metric with its namespace; one of a schedule has to be one that its monitor publishes."""
        metric = understood(metric)
        name = dict(metric.dimensions).get(wire.SCHEDULE_DIMENSION)
        if name is None and metric.namespace:
            return metric
        if name is None:
            raise SettingError(
                "The metric has neither a namespace nor a schedule.", field="schedule", next_step="Name one of them."
            )
        schedule = self._schedule(name, "schedule")
        if metric.namespace in ("", namespace(schedule)):
            check(metric.name, schedule.monitoring_type)
            if metric.name.startswith(DRIFT):
                check_feature(metric.name, self.features(self.records, schedule))
        return replace(metric, namespace=metric.namespace or namespace(schedule))

    def _schedule(self, name: str, field: str) -> MonitoringSchedule:
        record = self.records.get(MonitoringSchedule.kind, name)
        if record is None:
            names = [known.name for known in self.records.list(Query(MonitoringSchedule.kind, limit=SUGGESTED))]
            raise _unknown("schedule", name, names, field, "kedge schedule list shows them.")
        return from_record(MonitoringSchedule, record)

    def _rule(self, alarm: Alarm) -> None:
        """Refuse a rule that names no alarm, or itself by way of others."""
        known = {one.name: one for one in self.list()} | {alarm.name: alarm}
        ahead = sorted(parse(str(alarm.rule)).names())
        for name in ahead:
            if name not in known:
                raise _unknown("alarm", name, known, "rule", "Declare it first.")
        seen: set[str] = set()
        while ahead:
            name = ahead.pop()
            if name == alarm.name:
                raise SettingError("The rule names its own alarm.", field="rule", next_step="Name others only.")
            if name not in seen and name in known and known[name].rule:
                ahead += parse(str(known[name].rule)).names()
            seen.add(name)


def state_of(word: str) -> AlarmState:
    """Return the state of this name.

    Raises
    ------
    SettingError
        There is none; the nearest is told.
    """
    rules.one_of(word, STATES, "status")
    return cast("AlarmState", word)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _watches_one(alarm: Alarm) -> None:
    if len(alarm.watched) == 1:
        return
    found = " and ".join(alarm.watched) if alarm.watched else "nothing"
    raise SettingError(
        "An alarm watches either a metric, or lines, or executions, or what its rule names, or when to retrain; found"
        f" {found}.",
        field=alarm.watched[-1] if alarm.watched else "metric",
        next_step="Give one of them.",
    )


def _retraining(worn: Worn, schedule: MonitoringSchedule) -> None:
    from kedge.analysis.retraining.recent import KEPT  # loaded where it is asked for: numpy takes long
    from kedge.service.alarms.retraining import policy_of

    if schedule.monitoring_type != "ModelQuality":
        raise SettingError(
            f"The schedule {worn.schedule!r} is of {schedule.monitoring_type}, and knows no errors of a model.",
            field="retraining.schedule",
            next_step="Name one of model quality.",
        )
    rules.between(worn.rows, 1, KEPT, "retraining.rows")
    try:
        policy_of(worn)
    except SettingError as error:
        raise SettingError(error.message, field=f"retraining.{error.field}", next_step=error.next_step) from None


def _unknown(what: str, name: str, known: Collection[str], field: str, step: str) -> NotFound:
    return NotFound(f"There is no {what} {name!r}.{did_you_mean(name, known)}", field=field, next_step=step)
