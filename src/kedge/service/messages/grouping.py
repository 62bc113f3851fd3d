"""The first stage: the groups of which it is time to tell something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from kedge.domain.alarm import Alert
from kedge.domain.catalog import from_record
from kedge.domain.group import Group, Telling
from kedge.domain.metric import EPOCH
from kedge.domain.record import Query
from kedge.service.messages.due import flush
from kedge.service.messages.stages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from kedge.domain.record import Record
    from kedge.domain.subscription import Subscription
    from kedge.ports import Records

MOMENT: Final = timedelta(microseconds=1)
PAGE: Final = 500  # of one look; the others follow with the next


@dataclass(frozen=True)
class Grouping:
    """Finds what is due.

    Parameters
    ----------
    records
        Where groups and alerts are.
    subscriptions
        Returns those that there are, by name.
    """

    records: Records
    subscriptions: Callable[[], Mapping[str, Subscription]]

    def __call__(self, messages: Sequence[Message], now: datetime) -> Sequence[Message]:
        """Return messages, and those of the groups that are due."""
        asked = Query(Group.kind, status=("resting",), since=EPOCH, until=now + MOMENT, order="time", limit=PAGE)
        known = self.subscriptions()
        due = [record for record in self.records.list(asked) if record.parent in known]
        return [*messages, *(self._message(known[record.parent], record, now) for record in due)]

    def _message(self, subscription: Subscription, record: Record, now: datetime) -> Message:
        """Return what waits in a group, if it has waited long enough, and what is told again."""
        group = from_record(Group, record)
        ready = now >= flush(group, subscription, now)
        new = {telling.alarm for telling in group.pending if not (ready or telling.held)}
        waits = [telling for telling in group.pending if telling.alarm in new]
        tells = [telling for telling in group.pending if telling.alarm not in new]
        again = self._again(subscription, group, now) if "ALARM" in subscription.states else ()
        return Message(subscription, group, record, (*tells, *again), tuple(waits))

    def _again(self, subscription: Subscription, group: Group, now: datetime) -> Iterator[Telling]:
        """Yield what was told a while ago and still is so."""
        pending = {telling.alarm for telling in group.pending}
        for told in group.told if subscription.repeat_interval else ():
            if now - told.time >= (subscription.repeat_interval or now - EPOCH) and told.alarm not in pending:
                record = self.records.get(Alert.kind, told.alarm)
                if record and record.status == told.state:
                    alert = from_record(Alert, record)
                    yield replace(Telling.of(alert, now), repeated=True)
