"""Messaging by itself: from alerts to messages that are on their way, again and again."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from kedge.domain.notification import Notification
from kedge.domain.record import Query
from kedge.errors import Conflict
from kedge.service.messages.notifications import ITSELF, STATUSES, of
from kedge.service.messages.stages import through

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from threading import Event

    from kedge.domain.record import Record
    from kedge.ports import Records
    from kedge.service.messages.deciding import Deciding
    from kedge.service.messages.gathering import Gathering
    from kedge.service.messages.senders import Senders
    from kedge.service.messages.stages import Message, Stage

LOG = logging.getLogger(__name__)
LOAD_SECONDS: Final = 60.0  # between two looks at all that waits: others may have made some
OVERLAP: Final = timedelta(seconds=5)  # by which clocks of servers may differ, before that look
TIDY: Final = timedelta(hours=1)  # between two looks for what is old
PAGE: Final = 500


@dataclass
class Messaging:
    """Has people and programs told.

    Parameters
    ----------
    records
        Where messages are.
    gathering
        What finds alerts that went.
    stages
        What makes messages of them.
    deciding
        The last of these.
    senders
        What sends them.
    days
        How long messages are kept that came to their end.
    """

    records: Records
    gathering: Gathering
    stages: Sequence[Stage[Message]]
    deciding: Deciding
    senders: Senders
    days: float
    _loaded: float | None = field(default=None, init=False)
    _looked: datetime | None = field(default=None, init=False)
    _tidied: datetime | None = field(default=None, init=False)

    def once(self, now: datetime) -> None:
        """Make messages of what went, and have those sent that wait."""
        self.gathering.once(now)
        self.deciding.finish(now)
        if self._loaded is None or monotonic() - self._loaded > LOAD_SECONDS:
            waits = [of(record) for record in self._all(Query(Notification.kind, status=("waiting",)))]
            self.senders.add(sorted(waits, key=lambda one: one.created))
            self._loaded = monotonic()
        elif self._looked:
            self.senders.add(self._due(self._looked - OVERLAP, now))
        self._looked = now
        through(self.stages, (), now)
        if (self._tidied is None or now - self._tidied >= TIDY) and self._tidy(now):
            self._tidied = now

    def rest(self, seconds: float = 0.0, hurry: Event | None = None) -> None:
        """Leave it to another server, and wait so long for what is under way, unless somebody is in a hurry."""
        self._loaded = None
        self.gathering.forget()
        self.senders.rest(seconds, hurry)

    def _due(self, since: datetime, now: datetime) -> Sequence[Notification]:
        """Return what waits and became due since: somebody may have had it sent again."""
        asked = Query(Notification.kind, status=("waiting",), since=since, until=now, order="time", limit=PAGE)
        return sorted((of(record) for record in self.records.list(asked)), key=lambda one: one.created)

    def _tidy(self, now: datetime) -> bool:
        """Forget old messages, a page with a look, as others wait; return whether that was all."""
        ended, before = tuple(status for status in STATUSES if status != "waiting"), now - timedelta(days=self.days)
        old = self.records.list(Query(Notification.kind, status=ended, until=before, order="time", limit=PAGE))
        for record in old:
            with suppress(Conflict):  # another server has
                self.records.delete(record, ITSELF)
        return len(old) < PAGE

    def _all(self, asked: Query) -> Iterator[Record]:
        """Yield what a query finds, in the order in which an index has it."""
        asked = replace(asked, order="time", limit=PAGE)
        page = self.records.list(asked)
        while page:
            yield from page
            page = self.records.list(replace(asked, after=page[-1])) if len(page) == PAGE else []
