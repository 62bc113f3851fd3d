"""What alarms are about: the schedule and the endpoint that a group may have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from kedge.domain import wire
from kedge.domain.alarm import Alarm
from kedge.domain.catalog import MonitoringSchedule, from_record
from kedge.domain.composite import parse
from kedge.domain.record import Query

if TYPE_CHECKING:
    from datetime import datetime

    from kedge.domain.record import Record
    from kedge.domain.subscription import Subscription
    from kedge.ports import Records

STALE: Final = timedelta(minutes=1)  # after which alarms are read again, should the clocks of servers differ
LONGEST: Final = 255  # of a record's name
About = tuple[str, str]


@dataclass
class Places:
    """The alarms there are, and what each is about.

    Parameters
    ----------
    records
        Where alarms and schedules are.
    """

    records: Records
    alarms: dict[str, Alarm] = field(default_factory=dict, init=False)
    _newest: list[Record] | None = field(default=None, init=False)
    _read: datetime | None = field(default=None, init=False)
    _sources: dict[str, str] = field(default_factory=dict, init=False)

    def look(self, now: datetime) -> bool:
        """Read alarms again where any was changed; return whether one is gone."""
        if self._last() == self._newest and self._read is not None and timedelta() <= now - self._read < STALE:
            return False
        return self.read(now)

    def read(self, now: datetime) -> bool:
        """Read the alarms again; return whether one is gone."""
        known, newest, self._sources = self.alarms, self._last(), {}
        found = (from_record(Alarm, record) for record in self.records.list(Query(Alarm.kind)))
        self.alarms = {alarm.name: alarm for alarm in found}
        self._newest, self._read = newest, now
        return not known.keys() <= self.alarms.keys()

    def _last(self) -> list[Record]:
        """Return the alarm that was changed last."""
        return self.records.list(Query(Alarm.kind, order="modified", descending=True, limit=1))

    def about(self, alarm: Alarm) -> About:
        """Return the schedule and the endpoint of an alarm, as far as it has one; a composite has what all have."""
        if alarm.rule is not None:
            named = [self.alarms[name] for name in parse(alarm.rule).names() if name in self.alarms]
            found = {self.about(one) for one in named if one.name != alarm.name}
            return found.pop() if len(found) == 1 else ("", "")
        dimensions = dict(alarm.metric.dimensions) if alarm.metric else {}
        schedule = alarm.schedule or dimensions.get(wire.SCHEDULE_DIMENSION) or dimensions.get(wire.JOB_DIMENSION) or ""
        return schedule, dimensions.get(wire.ENDPOINT_DIMENSION) or self._source(schedule)

    def _source(self, schedule: str) -> str:
        """Return what a schedule looks at."""
        if schedule and schedule not in self._sources:
            record = self.records.get(MonitoringSchedule.kind, schedule)
            self._sources[schedule] = from_record(MonitoringSchedule, record).source if record else ""
        return self._sources.get(schedule, "")

    def key(self, subscription: Subscription, alarm: Alarm) -> str:
        """Return what an alarm has in common with others of its group."""
        schedule, endpoint = self.about(alarm)
        parts = {"alarm": alarm.name, "schedule": schedule, "endpoint": endpoint}
        return "/".join(parts[part] for part in subscription.group_by)


def group_name(subscription: str, key: str) -> str:
    """Return the name of a group.

    >>> group_name("on-call", "fraud-hourly")
    'on-call/fraud-hourly'
    """
    name = f"{subscription}/{key}"
    return name if len(name) <= LONGEST else f"{subscription}/{sha256(key.encode()).hexdigest()}"
