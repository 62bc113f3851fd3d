"""Which alarms there are, by what they watch: when any was changed, they are read again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from kedge.domain.alarm import Alarm, Alert
from kedge.domain.catalog import from_record
from kedge.domain.composite import composed
from kedge.domain.covering import Covering
from kedge.domain.evaluation import due
from kedge.domain.record import Query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from kedge.domain.metric import Metric
    from kedge.domain.record import Record
    from kedge.ports import Records

    Version = tuple[int, datetime | None]

PAGE: Final = 500
STALE: Final = timedelta(minutes=1)  # after which alarms are read again, should the clocks of servers differ


@dataclass
class Watched:
    """The alarms, as they were read last.

    Parameters
    ----------
    records
        Where they are.

    Attributes
    ----------
    alarms
        Each by its name.
    composed
        Composite ones, each after those that it names: none goes by what is over.
    changed
        Those that are new or were changed, until somebody clears it.
    gone
        Those that were deleted, until somebody clears it.
    """

    records: Records
    alarms: dict[str, Alarm] = field(default_factory=dict, init=False)
    composed: list[str] = field(default_factory=list, init=False)
    changed: dict[str, None] = field(default_factory=dict, init=False)
    gone: dict[str, None] = field(default_factory=dict, init=False)
    _versions: dict[str, Version] = field(default_factory=dict, init=False)
    _newest: tuple[Record, ...] = field(default=(), init=False)
    _read: datetime | None = field(default=None, init=False)
    _covering: Covering[str] = field(default_factory=Covering, init=False)
    _by_schedule: dict[str, list[str]] = field(default_factory=dict, init=False)
    _by_period: dict[timedelta, list[str]] = field(default_factory=dict, init=False)
    _due: dict[timedelta, datetime] = field(default_factory=dict, init=False)

    def read(self, now: datetime) -> None:
        """Read alarms again when any was changed."""
        newest = tuple(self.records.list(Query(Alarm.kind, order="modified", descending=True, limit=1)))
        if newest != self._newest or self._read is None or not timedelta() <= now - self._read < STALE:
            found = {record.name: record for record in self._all(Query(Alarm.kind, limit=PAGE))}
            known = self.alarms or [record.name for record in self._all(Query(Alert.kind, limit=PAGE))]
            self.gone |= dict.fromkeys(name for name in known if name not in found)
            self._take(found)
            self._newest, self._read = newest, now

    def anew(self) -> None:
        """Forget all of them: each is a new one with the next reading."""
        self.alarms, self._versions, self._read = {}, {}, None

    def stale(self) -> None:
        """Have alarms read again with the next reading."""
        self._read = None

    def holds(self, record: Record | None) -> bool:
        """Return whether an alarm's record is the one that was read."""
        return record is not None and self._versions.get(record.name) == version(record)

    def of(self, metrics: Iterable[Metric]) -> Iterator[str]:
        """Yield the alarms that watch one of these."""
        for metric in metrics:
            yield from self._covering.of(metric)

    def on(self, schedules: Iterable[str]) -> Iterator[str]:
        """Yield the alarms that watch executions of one of these, or their lines."""
        for schedule in schedules:
            yield from self._by_schedule.get(schedule, ())

    def due(self, now: datetime) -> Iterator[str]:
        """Yield once the alarms of which a value may be missed, as a period is over."""
        for period, names in self._by_period.items():
            alarm = self.alarms[names[0]]
            if now >= self._due.setdefault(period, due(alarm, now)):
                self._due[period] = due(alarm, now)
                yield from names

    def _take(self, found: dict[str, Record]) -> None:
        """Take in what was read; what is of the same version is the same alarm."""
        new = [name for name, record in found.items() if not self.holds(record)]
        self.changed |= dict.fromkeys(new)
        kept = {name: alarm for name, alarm in self.alarms.items() if name in found}
        self.alarms = kept | {name: from_record(Alarm, found[name]) for name in new}
        self._versions = {name: version(record) for name, record in found.items()}
        self._covering, self._by_schedule, self._by_period = Covering(), {}, {}
        for alarm in self.alarms.values():
            self._place(alarm)
        self.composed = composed({name: alarm.rule for name, alarm in self.alarms.items() if alarm.rule})

    def _place(self, alarm: Alarm) -> None:
        if alarm.metric:
            self._covering.add(alarm.metric, alarm.name)
        if alarm.schedule:
            self._by_schedule.setdefault(alarm.schedule, []).append(alarm.name)
        # Nobody misses an execution, and composite ones are always evaluated; a retraining may have ended.
        if alarm.metric or alarm.lines or alarm.retraining:
            self._by_period.setdefault(alarm.period, []).append(alarm.name)

    def _all(self, asked: Query) -> Iterator[Record]:
        """Yield what a query finds, page by page; what is changed meanwhile comes once."""
        page = self.records.list(asked)
        while page:
            yield from page
            page = self.records.list(replace(asked, after=page[-1])) if len(page) == PAGE else []


def version(record: Record) -> Version:
    """Return what tells a record from those before it, also from one that was deleted and made anew."""
    return record.version, record.created
