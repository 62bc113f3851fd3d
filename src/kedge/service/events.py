"""Events: executions and violations as they come, told by the records alone, whichever server made them.

A record that was put a moment earlier than another may be seen after it: two servers write, and one of them may have
waited for the other. So each look goes back a little, and what was told is not told again. Who goes on after an event
may be told some of that time twice, each with the same id, and misses none.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import Execution, from_record
from kedge.domain.documents import to_document
from kedge.domain.event import Event
from kedge.domain.record import Query
from kedge.domain.wire import VIOLATIONS_FILE
from kedge.errors import KedgeError, SettingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.record import Record
    from kedge.ports import ObjectStore, Records

LOG = logging.getLogger(__name__)
BACK: Final = timedelta(seconds=5)  # that a record may be seen later than one that was put after it
PAGE: Final = 500
PAUSE_SECONDS: Final = 1.0
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
LATEST: Final = 2**53  # of an id: the year 2255


@dataclass
class Events:
    """Looks for what happened.

    Parameters
    ----------
    records
        What is looked at.
    store
        Where reports lie.
    after
        The id of the last event that is known; None is now.
    """

    records: Records
    store: ObjectStore
    after: str | None = None
    _told: dict[str, datetime] = field(default_factory=dict, init=False)
    _place: datetime = field(default=EPOCH, init=False)

    def __post_init__(self) -> None:
        if self.after is not None:
            self._place = _when(self.after)
            return
        last = self.records.list(Query(Execution.kind, order="modified", descending=True, limit=1))
        self._place = _modified(last[0]) if last else EPOCH
        for record in self._changed():
            self._told[_id(record)] = _modified(record)

    def poll(self) -> list[Event]:
        """Return what has happened since the look before."""
        found: list[Event] = []
        for record in self._changed():
            if (id_ := _id(record)) not in self._told:
                found += self._events(record, id_)
                self._told[id_] = _modified(record)
                self._place = max(self._place, _modified(record))
        self._told = {id_: at for id_, at in self._told.items() if at >= self._place - BACK}
        return [event for event in found if event.id != self.after]

    def _changed(self) -> Iterator[Record]:
        """Yield what was put since the place, and a little before it."""
        since = max(EPOCH, self._place - BACK)
        asked = Query(Execution.kind, modified_since=since, order="modified", limit=PAGE)
        page = self.records.list(asked)
        while page:
            yield from page
            page = self.records.list(replace(asked, after=page[-1])) if len(page) == PAGE else []

    def _events(self, record: Record, id_: str) -> Iterator[Event]:
        execution = from_record(Execution, record)
        yield Event(id_, "execution", to_document(execution))
        if execution.status == "CompletedWithViolations":
            owner = {
                "execution": execution.name,
                "schedule": execution.monitoring_schedule_name,
                "source": execution.source,
            }
            for number, violation in enumerate(self._violations(execution)):
                yield Event(f"{id_}.{number}", "violation", owner | violation)

    def _violations(self, execution: Execution) -> list[dict[str, object]]:
        """Return what an execution found; an analyzer that is not ours may say it in its own way, or not at all."""
        try:
            document = json.loads(self.store.read(f"{execution.report}/{VIOLATIONS_FILE}"))
            return [dict(violation) for violation in document["violations"]]
        except (KedgeError, ValueError, KeyError, TypeError) as error:
            LOG.warning("%s: its violations cannot be read: %s", execution.name, error)
            return []


def follow(records: Records, store: ObjectStore, after: str | None) -> Iterator[Event]:
    """Yield what happens, as it comes, without an end."""
    events = Events(records, store, after)
    while True:
        yield from events.poll()
        sleep(PAUSE_SECONDS)


def _modified(record: Record) -> datetime:
    assert record.modified is not None, "it is kept"
    return record.modified


def _id(record: Record) -> str:
    """Return the id of a change: when it was, and the how-manieth of which record."""
    return f"{(_modified(record) - EPOCH) // MICROSECOND}.{record.version}.{record.name}"


def _when(id_: str) -> datetime:
    try:
        return EPOCH + min(max(0, int(id_.partition(".")[0])), LATEST) * MICROSECOND
    except (ValueError, OverflowError):
        raise SettingError(
            "This is no id of an event.", field="after", next_step="Give that of one you were told, or none."
        ) from None
