"""The stages of one message on its way: it is claimed, sent, and what became of it is recorded.

It is claimed by its version before it is sent: of two servers that try, one does. Whoever is killed between sending and
recording leaves a message that is sent again, under the same name.
"""

from __future__ import annotations

import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from kedge.domain.action import Action
from kedge.domain.catalog import from_record, to_record
from kedge.domain.channel import Channel
from kedge.domain.notification import Delivery, Notification, NotificationStatus, Outcome
from kedge.domain.record import Query
from kedge.errors import Conflict, KedgeError
from kedge.service.messages.allowance import HOUR, Allowance
from kedge.service.messages.merging import merged
from kedge.service.messages.notifications import ITSELF, of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from kedge.ports import Clock, Notifier, Records
    from kedge.service.messages.publishing import Publishing

LOG = logging.getLogger(__name__)
FIRST: Final = timedelta(seconds=5)  # before a second try; twice as long before each that follows
LONGEST: Final = timedelta(minutes=10)
PATIENCE: Final = timedelta(days=7)  # a weekend with holidays, and time to mend it
LONGEST_REASON: Final = 2_000
Receiver = Channel | Action


@dataclass
class Sending:
    """Sends the messages of one channel or action.

    Parameters
    ----------
    to
        The channel's or the action's name.
    records
        Where messages are, and what is declared.
    notifier_of
        Makes what sends to a channel or an action.
    clock
        Tells when something is tried again.
    publishing
        Makes messages of what an action published.
    ended
        Called with the schedule of an alarm that waited for the end of an action.
    """

    to: str
    records: Records
    notifier_of: Callable[[Receiver], Notifier]
    clock: Clock
    publishing: Publishing
    ended: Callable[[str], None] = lambda _: None
    _allowance: Allowance | None = field(default=None, init=False)

    def claim(self, notifications: Sequence[Notification], now: datetime) -> Sequence[Notification]:
        """Return the messages that are ours to send now; those that are not to be sent at all come to their end."""
        claimed = (self._claimed(one, now) for one in notifications)
        return [one for one in claimed if one]

    def send(self, notifications: Sequence[Notification], now: datetime) -> Sequence[Notification]:
        """Send messages, and return them with what became of them; what was published meanwhile is on its way too."""
        return [self._sent(one, now) for one in notifications]

    def record(self, notifications: Sequence[Notification], now: datetime) -> Sequence[Notification]:
        """Keep what became of messages, and how their receiver does; return those that wait to be tried again."""
        for one in notifications:
            self._put(one)
            self._deliver(one, now)
            for incident in one.incidents:
                if incident.alarm.retraining and one.status != "waiting":
                    self.ended(incident.alarm.retraining.schedule)
        return [one for one in notifications if one.status == "waiting"]

    def merge(self, notifications: Sequence[Notification], now: datetime) -> Sequence[Notification]:
        """Have the last of the messages that wait for a channel tell what those before it say; return what waits then.

        It is put first: who is killed in between sends the others, too, and nothing is lost.
        """
        found = merged(notifications) if isinstance(receiver_of(self.records, self.to), Channel) else None
        record = self.records.get(Notification.kind, found[1].name) if found else None
        if not found or record is None or of(record) not in notifications:
            return notifications
        try:
            self.records.put(to_record(found[1], record), ITSELF)
        except Conflict:
            return notifications
        for one in found[0]:
            why = f"The channel was away for long; {found[1].name} tells it with what came later."
            self._put(replace(one, status="silenced", reason=why, ended=now, next_time=None))
        return [one for one in notifications if one not in found[0]]

    def _claimed(self, one: Notification, now: datetime) -> Notification | None:
        record, receiver = self.records.get(Notification.kind, one.name), receiver_of(self.records, one.to)
        if record is None or of(record) != one or one.status != "waiting" or (one.next_time or now) > now:
            return None
        if end := self._end(one, receiver, now):
            LOG.warning("notification %s to %s: %s: %s", one.name, one.to, *end)
            self._put(replace(one, status=end[0], reason=end[1], ended=now, next_time=None))
            return None
        lasts = timedelta(seconds=receiver.timeout_seconds) if isinstance(receiver, Action) else FIRST
        claimed = replace(one, attempts=one.attempts + 1, next_time=now + max(backoff(one.attempts + 1), lasts))
        try:
            self.records.put(to_record(claimed, record), ITSELF)
        except Conflict:
            return None
        return claimed

    def _end(
        self, one: Notification, receiver: Receiver | None, now: datetime
    ) -> tuple[NotificationStatus, str] | None:
        """Return how a message ends that is not to be sent at all, and why."""
        if receiver is None:
            return "failed", f"There is no channel or action {one.to!r} any more."
        if isinstance(receiver, Channel):
            return None
        if one.attempts >= receiver.attempts:
            return "failed", f"It was begun {one.attempts} times, and never came to its end."
        if not self._calls(now).take(receiver.calls_per_hour, now):
            return "cut", f"The action is called {receiver.calls_per_hour} times an hour at most (calls_per_hour)."
        return None

    def _calls(self, now: datetime) -> Allowance:
        """Return how often it was called: what was so before this server started counts."""
        if self._allowance is None:
            ended = ("sent", "failed")
            asked = Query(Notification.kind, parent=self.to, status=ended, since=now - HOUR, order="time")
            times = (record.time for record in self.records.list(asked))
            self._allowance = Allowance(deque(time for time in times if time))
        return self._allowance

    def _sent(self, one: Notification, now: datetime) -> Notification:
        receiver = receiver_of(self.records, one.to)
        outcome = self._outcome(receiver, one) if receiver else Outcome("refused", f"{one.to!r} was deleted.")
        wrong = self.publishing.publish(one, outcome.published, now)
        reason = " ".join([outcome.line, *wrong]).strip()[:LONGEST_REASON]
        tried = replace(one, reason=reason, log=outcome.log)
        return _after(tried, outcome, receiver, self.clock.now())

    def _outcome(self, receiver: Receiver, one: Notification) -> Outcome:
        try:
            return self.notifier_of(receiver).notify(one)
        except KedgeError as error:
            return Outcome("retry", " ".join(str(error).split()))
        except Exception as error:  # it is to raise nothing; what it says may be secret
            LOG.exception("notification %s to %s", one.name, one.to)
            return Outcome("retry", f"Sending failed with {type(error).__name__}; the server's log says more.")

    def _put(self, one: Notification) -> None:
        """Keep what became of a message; where somebody else has done so, it stays at that."""
        record = self.records.get(Notification.kind, one.name)
        if record and of(record).status == "waiting":
            try:
                self.records.put(to_record(one, record), ITSELF)
            except Conflict:
                LOG.warning("notification %s: another server sent it, too", one.name)

    def _deliver(self, one: Notification, now: datetime) -> None:
        """Keep how the receiver does."""
        record = self.records.get(Delivery.kind, one.to)
        known = from_record(Delivery, record) if record else Delivery(name=one.to)
        if one.status == "sent":
            changed = replace(known, sent=known.sent + 1, last_sent=one.ended, failing=None, reason="")
        else:
            failed = known.failed + (one.status == "failed")
            failing = known.failing or now
            changed = replace(known, failed=failed, last_failed=now, failing=failing, reason=one.reason)
        with suppress(Conflict):  # another one sent to it, too
            self.records.put(to_record(changed, record), ITSELF)


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after so many tries.

    >>> [backoff(n).total_seconds() for n in (1, 2, 3, 10)]
    [5.0, 10.0, 20.0, 600.0]
    """
    return min(FIRST * (1 << min(attempts - 1, 20)), LONGEST)


def receiver_of(records: Records, name: str) -> Receiver | None:
    """Return the channel or the action of a name."""
    if record := records.get(Channel.kind, name):
        return from_record(Channel, record)
    record = records.get(Action.kind, name)
    return from_record(Action, record) if record else None


def _after(one: Notification, outcome: Outcome, receiver: Receiver | None, now: datetime) -> Notification:
    """Return a message after a try: it came to its end, or is tried again."""
    if outcome.how == "sent":
        return replace(one, status="sent", ended=now, next_time=None)
    spent = isinstance(receiver, Action) and one.attempts >= receiver.attempts
    if outcome.how == "refused" or spent or now - one.begun >= PATIENCE:
        LOG.error("notification %s to %s: failed: %s", one.name, one.to, one.reason)
        return replace(one, status="failed", ended=now, next_time=None)
    LOG.warning("notification %s to %s: tried %d times: %s", one.name, one.to, one.attempts, one.reason)
    return replace(one, next_time=now + backoff(one.attempts))
