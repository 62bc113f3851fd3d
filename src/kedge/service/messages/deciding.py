"""The fourth stage: what is told is decided once, and becomes messages of the same names however often they are made.

First the group says what leaves it, by its version; then messages are made of that, each unless it is there; then the
group says that nothing leaves it any more. Whoever is killed in between leaves what the next one needs to go on.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from kedge.domain.action import Action
from kedge.domain.catalog import from_record, to_record
from kedge.domain.group import Group
from kedge.domain.notification import Notification
from kedge.domain.record import Query, Record
from kedge.errors import Conflict, KedgeError
from kedge.service.messages.due import due
from kedge.service.messages.notifications import keep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from kedge.domain.group import Telling
    from kedge.domain.notification import Cause
    from kedge.domain.subscription import Subscription
    from kedge.ports import Records
    from kedge.service.messages.incidents import Incidents
    from kedge.service.messages.stages import Message

LOG = logging.getLogger(__name__)
ITSELF: Final = ""
MICROSECOND: Final = timedelta(microseconds=1)
LONGEST: Final = 40  # of a subscription's name, in that of a message


@dataclass(frozen=True)
class Deciding:
    """Makes messages of what is to be told.

    Parameters
    ----------
    records
        Where groups and messages are.
    workspace
        Whose messages they are.
    incidents
        What is said.
    subscriptions
        Returns those that there are, by name.
    made
        Called with messages that wait to be sent.
    """

    records: Records
    workspace: str
    incidents: Incidents
    subscriptions: Callable[[], Mapping[str, Subscription]]
    made: Callable[[Sequence[Notification]], None]

    def __call__(self, messages: Sequence[Message], now: datetime) -> Sequence[Message]:
        """Return the messages that were decided on; what is wrong with one keeps no other."""
        return [message for message in messages if self._decided(message, now)]

    def finish(self, now: datetime) -> None:
        """Make the messages of what left and may not be on its way yet."""
        for record in self.records.list(Query(Group.kind, status=("leaving",), order="time")):  # an index has it
            self._tried(lambda record=record: self._made(record, now), record.name)  # type: ignore[misc]

    def _decided(self, message: Message, now: datetime) -> bool:
        leaving = (*message.tellings, *message.dropped)
        group = replace(message.group, leaving=leaving, first=None)
        if leaving:
            group = replace(group, count=group.count + 1)
        if message.tellings:
            group = replace(group, flushed=now)
        if any(not telling.held for telling in group.pending):
            group = replace(group, first=message.group.first)
        group = replace(group, next_time=due(group, message.subscription, now))
        return self._tried(lambda: self._put(group, message.record, now), group.name)

    def _put(self, group: Group, record: Record, now: datetime) -> None:
        put = self.records.put(to_record(group, record), ITSELF)
        if group.leaving:
            self._made(put, now)

    def _made(self, record: Record, now: datetime) -> None:
        """Make the messages of what leaves a group, and have it say that they are made."""
        group = from_record(Group, record)
        subscription = self.subscriptions().get(group.subscription)
        if subscription:
            found = self._notifications(subscription, group, now)
            kept = [keep(self.records, one) for one in found]
            self.made([one for one in kept if one.status == "waiting"])
        self.records.put(to_record(replace(group, leaving=()), record), ITSELF)

    def _notifications(self, subscription: Subscription, group: Group, now: datetime) -> Iterator[Notification]:
        """Yield the messages of a group, those of one receiver in order."""
        tells = [telling for telling in group.leaving if not telling.why]
        silent: dict[str, list[Telling]] = {}
        for telling in group.leaving:
            if telling.why:
                silent.setdefault(telling.why, []).append(telling)
        number = 0
        for to in subscription.to:
            alone = self.records.get(Action.kind, to) is not None
            for together in [[telling] for telling in tells] if alone else [_last(tells)]:
                if together:
                    yield self._notification(group, to, together, now + number * MICROSECOND)
                    number += 1
            for why, together in silent.items():
                made = self._notification(group, to, together, now + number * MICROSECOND, why)
                yield replace(made, status="silenced", reason=why, ended=now, next_time=None)
                number += 1

    def _notification(
        self, group: Group, to: str, tellings: Sequence[Telling], now: datetime, why: str = ""
    ) -> Notification:
        alone = f"{tellings[0].alarm} {tellings[0].number} {tellings[0].state}" if len(tellings) == 1 else ""
        incidents, others = self.incidents.of(tellings)
        return Notification(
            name=name_of(group.subscription, group.name, group.begun.isoformat(), str(group.count), to, why or alone),
            workspace=self.workspace,
            subscription=group.subscription,
            to=to,
            cause=_cause(tellings),
            group=group.key,
            incidents=incidents,
            more=len(others),
            others=others,
            created=now,
            next_time=now,
        )

    def _tried(self, do: Callable[[], None], name: str) -> bool:
        try:
            do()
        except Conflict:  # somebody was faster; what is left is found with the next look
            return False
        except KedgeError as error:
            LOG.error("group %s: %s", name, " ".join(str(error).split()))
            return False
        except Exception:  # a fault of ours: it is made again with every look, and the others are told meanwhile
            LOG.exception("group %s", name)
            return False
        return True


def name_of(subscription: str, *parts: str) -> str:
    """Return the name of a message, which is the same whenever it is made of the same.

    >>> name_of("on-call", "on-call/fraud", "1", "mail")
    'on-call-8a873999e9fc4cffd73f'
    """
    return f"{subscription[:LONGEST]}-{sha256(chr(0).join(parts).encode()).hexdigest()[:20]}"


def _last(tellings: Sequence[Telling]) -> list[Telling]:
    """Return how each alarm stands in the end."""
    return list({telling.alarm: telling for telling in tellings}.values())


def _cause(tellings: Sequence[Telling]) -> Cause:
    if all(telling.state == "OK" for telling in tellings):
        return "resolved"
    return "repeat" if all(telling.repeated for telling in tellings) else "alarm"
