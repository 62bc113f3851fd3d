"""What comes late: files of a window that was judged, and labels for it. Then it is judged again."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import ENDED, Execution, execution_name, from_record, to_record
from kedge.domain.record import Query
from kedge.errors import Conflict, KedgeError
from kedge.reading.files import hour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kedge.domain.catalog import Cause
    from kedge.domain.entry import Entry
    from kedge.domain.window import Window
    from kedge.ports import ObjectStore, Records
    from kedge.service.assignment import Assignment
    from kedge.service.preparing import Preparing

DAY: Final = timedelta(days=1)
YEAR: Final = re.compile(r"\d{4}")
PAGE: Final = 500
ITSELF: Final = ""  # what the server does by itself is no change that somebody made


@dataclass(frozen=True)
class Listing:
    """The files in hour folders, each day listed once."""

    store: ObjectStore
    _roots: dict[str, list[str]] = field(default_factory=dict)
    _days: dict[str, list[Entry]] = field(default_factory=dict)

    def fingerprint(self, given: Assignment, now: datetime) -> str | None:
        """Return a hash of what data and what labels there are for a window; None of files that know no hour."""
        span, truth = given.span, given.truth
        data = [entry for place in given.places for entry in self.within(place, span)]
        if not data and given.dataset:
            return None
        labels = self.within(truth.url, replace(span, end=max(now, span.end))) if truth else []
        return f"{_hash(data)}.{_hash(labels)}"

    def within(self, place: str, span: Window) -> list[Entry]:
        """Return the files whose folder's hour touches the span."""
        first, found = span.start.replace(minute=0, second=0, microsecond=0), []
        for root in self._below(place):
            day = first
            while day.date() <= span.end.date():
                found += [
                    e for e in self._of(f"{root}/{day:%Y/%m/%d}") if (at := hour(e.url)) and first <= at < span.end
                ]
                day += DAY
        return found

    def _below(self, place: str) -> list[str]:
        """Return the folders whose folders are years: a place itself, or those of its variants."""
        if place not in self._roots:
            root = place.rstrip("/")
            names = self.store.folders(root)
            years = any(YEAR.fullmatch(name) for name in names)
            self._roots[place] = [root] if years else [f"{root}/{name}" for name in names]
        return self._roots[place]

    def _of(self, day: str) -> list[Entry]:
        if day not in self._days:
            self._days[day] = self.store.list(day)
        return self._days[day]


@dataclass(frozen=True)
class Late:
    """Notices what came late, and has windows judged again.

    A verdict waits for the next one as long as it itself came after its slot: labels that trickle in for a week bring
    a dozen verdicts, and not one an hour.

    Parameters
    ----------
    days
        How long after its slot a window is looked after; 0 looks after none.
    """

    records: Records
    preparing: Preparing
    days: float = 7.0

    def again(self, now: datetime) -> list[Execution]:
        """Make an execution for every window that more has come for, and return them."""
        listing = Listing(self.preparing.store)
        judged = [e for name in self._schedules() for e in self._judged(name, now)] if self.days else []
        return [made for execution in judged if (made := self._made(execution, listing, now))]

    def _schedules(self) -> Iterator[str]:
        asked = Query("schedule", limit=PAGE)
        page = self.records.list(asked)
        while page:
            yield from (record.name for record in page)
            page = self.records.list(replace(asked, after=page[-1])) if len(page) == PAGE else []

    def _judged(self, schedule: str, now: datetime) -> list[Execution]:
        """Return the last verdict on each window that is looked after, unless it is still too young."""
        since = now - timedelta(days=self.days)
        found = self.records.list(Query("execution", parent=schedule, since=since, order="time"))
        last: dict[datetime, Execution] = {}
        for execution in (from_record(Execution, record) for record in found):
            if execution.revision >= last.get(execution.scheduled_time, execution).revision:
                last[execution.scheduled_time] = execution
        return [execution for execution in last.values() if _is_ripe(execution, now)]

    def _made(self, execution: Execution, listing: Listing, now: datetime) -> Execution | None:
        try:
            fingerprint = listing.fingerprint(self.preparing.assignment(execution), now)
        except KedgeError:  # what it was made of is no longer declared
            return None
        cause = _cause(execution, fingerprint)
        if cause is None:
            return None
        following = _following(execution, cause)
        with suppress(Conflict):
            self.records.put(to_record(following), ITSELF)
            return following
        return None


def _is_ripe(execution: Execution, now: datetime) -> bool:
    ended = execution.end_time or execution.scheduled_time
    judged = execution.status in ENDED and execution.status != "Stopped" and execution.fingerprint
    return bool(judged) and now - ended >= ended - execution.scheduled_time


def _cause(execution: Execution, fingerprint: str | None) -> Cause | None:
    """Return what more there is; a window whose captures all have their label waits for none."""
    known = execution.fingerprint
    if fingerprint is None or known is None or fingerprint == known:
        return None
    if fingerprint.partition(".")[0] != known.partition(".")[0]:
        return "late-data"
    return None if execution.coverage == 1 else "labels"


def _following(execution: Execution, cause: Cause) -> Execution:
    """Return the execution that judges the same window again."""
    revision = execution.revision + 1
    return Execution(
        name=execution_name(execution.monitoring_schedule_name, execution.scheduled_time, revision),
        revision=revision,
        cause=cause,
        **{
            name: getattr(execution, name)
            for name in (
                "monitoring_schedule_name",
                "monitoring_job_definition_name",
                "monitoring_type",
                "endpoint_name",
                "dataset_name",
                "scheduled_time",
                "window",
            )
        },
    )


def _hash(entries: list[Entry]) -> str:
    told = "\n".join(sorted(f"{entry.url} {entry.size}" for entry in entries))
    return blake2b(told.encode(), digest_size=8).hexdigest()
