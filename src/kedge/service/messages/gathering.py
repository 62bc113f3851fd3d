"""Gathering: alerts that went from one state to another wait in the groups of those who want to be told.

By level, and not by edge: a group knows how each alarm stood when it saw it last, so gathering again is always right,
and a server that starts, or a subscription that is new, looks at all alerts there are.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from kedge.domain.alarm import Alert
from kedge.domain.catalog import from_record, to_record
from kedge.domain.documents import from_document
from kedge.domain.group import Group, Telling, is_over, mark
from kedge.domain.metric import EPOCH
from kedge.domain.record import Query, Record
from kedge.domain.subscription import Subscription
from kedge.service.alarms.watched import version
from kedge.service.messages.due import due
from kedge.service.messages.places import group_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kedge.ports import Records
    from kedge.service.alarms.watched import Version
    from kedge.service.messages.places import Places

LOG = logging.getLogger(__name__)
ITSELF: Final = ""  # what the server does by itself is no change that somebody made
PAGE: Final = 500
OVERLAP: Final = timedelta(seconds=30)  # by which clocks of servers may differ
GONE: Final = "The alarm was deleted."


@dataclass
class Gathering:
    """Puts what went into groups.

    Parameters
    ----------
    records
        Where alerts, subscriptions and groups are.
    places
        The alarms, and what they are about.
    """

    records: Records
    places: Places
    _subscriptions: dict[str, Subscription] = field(default_factory=dict, init=False)
    _declared: list[Record] = field(default_factory=list, init=False)
    _since: datetime | None = field(default=None, init=False)
    _looked: dict[str, Version] = field(default_factory=dict, init=False)
    _untidy: bool = field(default=False, init=False)

    def once(self, now: datetime) -> None:
        """Gather what went since the look before, and all there is where subscriptions have changed."""
        self._read()
        if not self._subscriptions and not self._declared:
            return
        looked = datetime.now(UTC)  # records are told apart by this clock, whatever is simulated
        self._untidy |= self.places.look(now) or self._since is None
        if self._untidy:
            self._tidy(now)
            self._untidy = False  # not before: what goes wrong with it is done with the next look
        moved = {record.name: record for record in self._moved()}
        if not moved.keys() <= self.places.alarms.keys():
            self._untidy |= self.places.read(now)  # one was declared meanwhile, or by a server whose clock is behind
        alerts = (from_record(Alert, record) for record in moved.values())
        wrong = [key for key, those in self._grouped(alerts).items() if not self._add(*key, those, now)]
        if not wrong:
            self._since = looked - OVERLAP
            self._looked |= {name: version(record) for name, record in moved.items()}

    def subscriptions(self) -> Mapping[str, Subscription]:
        """Return the subscriptions by name, as they were read last."""
        return self._subscriptions

    def forget(self) -> None:
        """Look at all there is with the next look."""
        self._since, self._looked = None, {}

    def _read(self) -> None:
        """Read the subscriptions; where they are others than before, all is looked at."""
        declared = self.records.list(Query(Subscription.kind))
        if declared != self._declared:
            found = (from_record(Subscription, record) for record in declared)
            self._subscriptions = {one.name: one for one in found}
            self._declared = declared
            self.forget()

    def _moved(self) -> Iterator[Record]:
        """Yield the alerts that were changed since the look before, and have not been looked at as they are now."""
        asked = Query(Alert.kind, modified_since=self._since, order="modified", limit=PAGE)
        page = self.records.list(asked)
        while page:
            new = (record for record in page if self._looked.get(record.name) != version(record))
            yield from (record for record in new if _went(record))
            page = self.records.list(replace(asked, after=page[-1])) if len(page) == PAGE else []

    def _grouped(self, moved: Iterable[Alert]) -> dict[tuple[str, str], list[Alert]]:
        """Return alerts by the subscription and what they have in common."""
        found: dict[tuple[str, str], list[Alert]] = {}
        for alert in moved:
            if alarm := self.places.alarms.get(alert.name):
                for subscription in self._subscriptions.values():
                    if subscription.covers(alert.name):
                        key = self.places.key(subscription, alarm)
                        found.setdefault((subscription.name, key), []).append(alert)
        return found

    def _add(self, subscription: str, key: str, alerts: Sequence[Alert], now: datetime) -> bool:
        """Have alerts wait in a group, and return whether that went well: what is wrong with one keeps no other."""
        name = group_name(subscription, key)
        record = self.records.get(Group.kind, name)
        new = Group(name=name, subscription=subscription, key=key, begun=now)
        group = from_record(Group, record) if record else new
        alerts = [alert for alert in alerts if not is_over(alert, group.seen.get(alert.name))]
        try:
            stood = _stood(group)
            added = [telling for alert in alerts for telling in self._tellings(group, alert, stood, now)]
            seen = {**group.seen, **{alert.name: mark(alert) for alert in alerts}}
            self._put(replace(group, seen=seen, pending=(*group.pending, *added)), group, record, now)
        except Exception as error:
            LOG.error("group %s: %s: %s", name, type(error).__name__, " ".join(str(error).split()))
            return False
        return True

    def _put(self, group: Group, before: Group, record: Record | None, now: datetime) -> None:
        """Put a group in the place of what it was, if it is another."""
        if group != before or record is None:
            group = replace(group, first=group.first or now) if group.pending else replace(group, first=None)
            group = replace(group, next_time=due(group, self._subscriptions[group.subscription], now))
            self.records.put(to_record(group, record), ITSELF)

    def _tellings(self, group: Group, alert: Alert, stood: dict[str, str], now: datetime) -> Iterator[Telling]:
        """Yield what may be told of an alert: of OK only where a group was told, or is to be, that it was not."""
        wanted = self._subscriptions[group.subscription].states
        for step in self._steps(group, alert):
            nothing = stood.get(alert.name, "OK") == "OK" if step.state == "OK" else False
            if not nothing and (step.state != "INSUFFICIENT_DATA" or step.state in wanted):
                stood[alert.name] = step.state
                yield Telling.of(step, now)

    def _steps(self, group: Group, alert: Alert) -> list[Alert]:
        """Return how an alarm stood each time that it went since a group saw it, or since somebody subscribes."""
        known = group.seen.get(alert.name)
        if known == mark(alert):
            return []
        if int(known.partition(" ")[0] if known else 0) == alert.number - 1:
            return [alert]
        since = self._subscribed(group.subscription)
        steps: list[Alert] = []
        for change in reversed(self.records.changes(Alert.kind, alert.name)):
            step = from_document(Alert, change.after) if change.after else None
            if step is None or mark(step) == known or (known is None and change.time < since):
                break  # where there is no step, it was deleted, and declared anew
            if not steps or mark(steps[0]) != mark(step):
                steps.insert(0, step)
        return steps or [alert]

    def _subscribed(self, name: str) -> datetime:
        """Return since when a subscription is there."""
        return next((one.created for one in self._declared if one.name == name and one.created), EPOCH)

    def _tidy(self, now: datetime) -> None:
        """Forget groups that nobody subscribes to, and tell of alarms that are gone what was told of them."""
        for record in self.records.list(Query(Group.kind)):
            group = from_record(Group, record)
            subscription = self._subscriptions.get(group.subscription)
            if subscription is None:
                self.records.delete(record, ITSELF)
                continue
            gone = [told for told in group.told if told.alarm not in self.places.alarms]
            over = [Telling(alarm=t.alarm, state="OK", previous=t.state, since=now, reason=GONE) for t in gone]
            own = tuple(t for t in group.told if t in gone or self._holds(subscription, group, t.alarm))
            seen = {name: at for name, at in group.seen.items() if name in self.places.alarms}
            waits = {telling.alarm for telling in group.pending if telling.state == "OK"}
            pending = (*group.pending, *(telling for telling in over if telling.alarm not in waits))
            if seen or own or pending or group.leaving:
                self._put(replace(group, told=own, seen=seen, pending=pending), group, record, now)
            else:  # its alarms are gone, and that was told
                self.records.delete(record, ITSELF)

    def _holds(self, subscription: Subscription, group: Group, alarm: str) -> bool:
        """Return whether an alarm belongs to a group, as subscriptions are now."""
        key = self.places.key(subscription, self.places.alarms[alarm])
        return subscription.covers(alarm) and group_name(subscription.name, key) == group.name


def _went(record: Record) -> bool:
    """Return whether an alarm ever went from one state to another."""
    return bool(record.document.get("number"))


def _stood(group: Group) -> dict[str, str]:
    """Return how alarms stood by what was told of them, or is to be."""
    told: dict[str, str] = {told.alarm: told.state for told in group.told}
    return told | {telling.alarm: telling.state for telling in group.pending}
