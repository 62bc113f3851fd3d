"""Notifications: which messages there were, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import from_record, to_record
from kedge.domain.notification import Delivery, Notification
from kedge.domain.record import Query
from kedge.errors import Conflict, NotFound, SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.domain.record import Record
    from kedge.ports import Records

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
    """

    records: Records

    def list(
        self,
        alarm: str | None = None,
        status: str | None = None,
        to: str | None = None,
        limit: int = 100,
        after: str | None = None,
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
        after
            Go on after the one of this name.

        Raises
        ------
        NotFound
            There is none of the name to go on after.
        SettingError
            There is no such status.
        """
        if status is not None and status not in STATUSES:
            known = ", ".join(STATUSES)
            step = f"Known: {known}."
            raise SettingError(
                f"There is no {status!r}.{did_you_mean(status, STATUSES)}", field="status", next_step=step
            )
        words = (status,) if status else ()
        asked = Query(Notification.kind, status=words, parent=to, order="created", descending=True, limit=PAGE)
        found: list[Notification] = []
        for one in self._all(replace(asked, after=self._known(after)) if after else asked):
            found += [one] if alarm is None or alarm in one.alarms else []
            if len(found) == limit:
                break
        return found

    def get(self, name: str) -> Notification:
        """Return one.

        Raises
        ------
        NotFound
            There is none of this name.
        """
        return of(self._known(name))

    def deliveries(self) -> Sequence[Delivery]:
        """Return how sending to each channel and action goes."""
        return [from_record(Delivery, record) for record in self.records.list(Query(Delivery.kind))]

    def _known(self, name: str) -> Record:
        record = self.records.get(Notification.kind, name)
        if record is None:
            raise NotFound(
                f"There is no notification {name!r}.",
                field="notification",
                next_step="kedge notification list shows them.",
            )
        return record

    def _all(self, asked: Query) -> Iterator[Notification]:
        page = self.records.list(asked)
        while page:
            yield from map(of, page)
            page = self.records.list(replace(asked, after=page[-1])) if len(page) == PAGE else []


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
