"""Notifications: which messages there were, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import from_record, to_record
from kedge.domain.notification import Delivery, Notification
from kedge.domain.record import Query
from kedge.errors import Conflict, NotFound, SettingError, did_you_mean
from kedge.service.catalog.kept import TRIES
from kedge.service.messages.resending import MOST, again, is_there, most, status_again

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.domain.record import Record
    from kedge.ports import Clock, Records

PAGE: Final = 200
ITSELF: Final = ""  # what the server does by itself is no change that somebody made
STATUSES: Final = ("waiting", "sent", "failed", "silenced", "cut")


@dataclass(frozen=True)
class Notifications:
    """The log of messages, the newest first.

    Parameters
    ----------
    records
        Where they are kept.
    by
        Who has them sent again; every change is told with that.
    clock
        Tells when that is.
    """

    records: Records
    by: str
    clock: Clock

    def list(
        self,
        alarm: str | None = None,
        status: str | None = None,
        to: str | None = None,
        limit: int = 100,
    ) -> Sequence[Notification]:
        """Return messages, the newest first.

        Parameters
        ----------
        alarm
            Only those that tell of this alarm, or would have.
        status, to
            Only those that stand like this, and that go to this channel or action.
        limit
            How many at most.

        Raises
        ------
        SettingError
            There is no such status.
        """
        asked = Query(Notification.kind, status=status_of(status), parent=to, order="created", descending=True)
        found = (of(record) for record in self._all(asked) if alarm is None or tells_of(record, alarm))
        return [*islice(found, limit)]

    def get(self, name: str) -> Notification:
        """Return one.

        Raises
        ------
        NotFound
            There is none of this name.
        """
        return of(self._known(name))

    def resend(self, name: str) -> Notification:
        """Have one that failed or was cut sent again, under its name; one that waits is tried at once.

        Raises
        ------
        NotFound
            There is none of this name, or nothing any more that it goes to.
        Conflict
            It was sent, or nobody was to be told.
        """
        for left in reversed(range(TRIES)):
            record = self._known(name)
            wanted = again(of(record), self.clock.now())
            is_there(self.records, wanted.to)
            try:
                return of(self.records.put(to_record(wanted, record), self.by))
            except Conflict:  # it was tried meanwhile, and stands otherwise now
                if not left:
                    raise
        raise AssertionError("unreachable")

    def resend_all(self, to: str, status: str = "failed", limit: int = MOST) -> int:
        """Have those to a channel or an action sent again that stand like this, the oldest first; return how many.

        Parameters
        ----------
        to, status
            Which: to this one those that are ``failed``, ``cut`` or ``waiting``.
        limit
            How many at most, 1 to 1,000.

        Raises
        ------
        NotFound
            There is no such channel or action.
        SettingError
            Those that stand so are not sent again, or they are too many.
        """
        is_there(self.records, to)
        asked = Query(Notification.kind, status=(status_again(status),), parent=to, order="created")
        return sum(self._resent(record) for record in [*islice(self._all(asked), most(limit))])

    def deliveries(self) -> Sequence[Delivery]:
        """Return how sending to each channel and action goes."""
        return [from_record(Delivery, record) for record in self.records.list(Query(Delivery.kind))]

    def _resent(self, record: Record) -> bool:
        """Have a message sent again, and return whether it was as it is thought to be."""
        try:
            self.records.put(to_record(again(of(record), self.clock.now()), record), self.by)
        except Conflict:
            return False
        return True

    def _known(self, name: str) -> Record:
        record = self.records.get(Notification.kind, name)
        if record is None:
            step = "kedge notification list shows them."
            raise NotFound(f"There is no notification {name!r}.", field="notification", next_step=step)
        return record

    def _all(self, asked: Query) -> Iterator[Record]:
        asked = replace(asked, limit=PAGE)
        page = self.records.list(asked)
        while page:
            yield from page
            page = self.records.list(replace(asked, after=page[-1])) if len(page) == PAGE else []


def status_of(word: str | None) -> tuple[str, ...]:
    """Return which statuses a word asks for; none asks for all.

    Raises
    ------
    SettingError
        There is no such status.
    """
    if word is None:
        return ()
    if word not in STATUSES:
        near, step = did_you_mean(word, STATUSES), f"Known: {', '.join(STATUSES)}."
        raise SettingError(f"There is no status {word!r}.{near}", field="status", next_step=step)
    return (word,)


def tells_of(record: Record, alarm: str) -> bool:
    """Return whether a message tells of an alarm, or would have."""
    incidents = record.document.get("incidents", ())
    others = record.document.get("others", ())
    return alarm in others or any(incident["alarm"]["name"] == alarm for incident in incidents)


def of(record: Record) -> Notification:
    """Return the message that a record holds; one that came to its end is not tried again."""
    found = from_record(Notification, record)
    return found if found.status == "waiting" else replace(found, next_time=None)


def keep(records: Records, notification: Notification) -> Notification:
    """Keep a new message, unless it is there already, and return it as it is kept."""
    try:
        return of(records.put(to_record(notification), ITSELF))
    except Conflict:
        known = records.get(Notification.kind, notification.name)
        if known is None:
            raise
        return of(known)
