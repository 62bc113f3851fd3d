"""A trial: a message that is marked as a test goes to the channels of an alarm, at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from kedge.domain.alarm import Alert
from kedge.domain.catalog import from_record
from kedge.domain.channel import Channel
from kedge.domain.group import Telling
from kedge.domain.notification import Notification, Outcome
from kedge.domain.record import Query
from kedge.domain.subscription import Subscription
from kedge.errors import KedgeError, NotFound
from kedge.service.messages.deciding import name_of
from kedge.service.messages.notifications import keep
from kedge.service.messages.sending import LONGEST_REASON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kedge.domain.alarm import Alarm
    from kedge.domain.notification import Incident
    from kedge.ports import Clock, Notifier, Records
    from kedge.service.messages.incidents import Incidents

MOST_AT_ONCE: Final = 16  # each of apprise is a process


@dataclass(frozen=True)
class Trial:
    """Tries the channels of an alarm.

    Parameters
    ----------
    records
        Where subscriptions and channels are, and messages are kept.
    workspace
        Whose they are.
    incidents
        What a message says.
    notifier_of
        Makes what sends to a channel.
    clock
        Tells when that was.
    """

    records: Records
    workspace: str
    incidents: Incidents
    notifier_of: Callable[[Channel], Notifier]
    clock: Clock

    def run(self, alarm: Alarm) -> Sequence[Notification]:
        """Send a test message to every channel of an alarm's subscriptions, and return what became of each.

        That one cannot be sent is an answer, and it is not tried again.

        Raises
        ------
        NotFound
            No subscription of the alarm names a channel.
        """
        found = dict(self._channels(alarm.name))
        if not found:
            step = "Declare a subscription that covers it, with a channel in `to`, and apply that."
            raise NotFound(f"Nobody is told of the alarm {alarm.name!r} by a channel.", field="to", next_step=step)
        incident = self._incident(alarm)
        with ThreadPoolExecutor(min(len(found), MOST_AT_ONCE)) as each:  # few wait for others
            sent = each.map(lambda to: self._sent(self._notification(found[to], to, incident)), found)
            return [keep(self.records, one) for one in sent]

    def _channels(self, alarm: str) -> Iterator[tuple[str, str]]:
        """Yield the channels of an alarm, each with a subscription of it."""
        for record in self.records.list(Query(Subscription.kind)):
            subscription = from_record(Subscription, record)
            if subscription.covers(alarm):
                yield from ((to, subscription.name) for to in subscription.to if self.records.get(Channel.kind, to))

    def _incident(self, alarm: Alarm) -> Incident:
        """Return how an alarm stands."""
        now, record = self.clock.now(), self.records.get(Alert.kind, alarm.name)
        self.incidents.places.look(now)
        alert = from_record(Alert, record) if record else Alert(name=alarm.name)
        return self.incidents.of([Telling.of(alert, now)])[0][0]

    def _notification(self, subscription: str, to: str, incident: Incident) -> Notification:
        return Notification(
            name=name_of(subscription, "test", uuid4().hex),
            workspace=self.workspace,
            subscription=subscription,
            to=to,
            cause="test",
            group="test",
            incidents=(incident,),
            attempts=1,
            created=self.clock.now(),
        )

    def _sent(self, one: Notification) -> Notification:
        record = self.records.get(Channel.kind, one.to)
        try:
            gone = Outcome("refused", "The channel was deleted.")
            outcome = self.notifier_of(from_record(Channel, record)).notify(one) if record else gone
        except KedgeError as error:
            outcome = Outcome("refused", " ".join(str(error).split()))
        status = "sent" if outcome.how == "sent" else "failed"
        return replace(one, status=status, reason=outcome.line[:LONGEST_REASON], ended=self.clock.now())  # type: ignore[arg-type]
