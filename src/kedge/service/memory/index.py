"""What tells which profiles are kept: the catalog's records, or the files of a folder of reports."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from kedge.domain import wire
from kedge.domain.record import Query
from kedge.domain.window import HOUR, Window
from kedge.errors import InputError, did_you_mean
from kedge.reading.partial import heads
from kedge.service.memory.kept import KIND, LEVELS, NO_VARIANT, Kept, Owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from kedge.domain.record import Record
    from kedge.ports import ObjectStore, Records

OWNER: Final = "owner"  # the status of records that say who has profiles
PAGE: Final = 5000
LONGEST: Final[timedelta] = 31 * 24 * HOUR  # a profile that an interval could cut began no earlier before it
HOUR_FOLDER: Final = re.compile(r"(\d{4})/(\d\d)/(\d\d)/(\d\d)(?:/|$)")
MONITOR: Final = re.compile(rb'"monitor":\s*"([^"]+)"')
REPORT_HEAD_BYTES: Final = 400


class Index(Protocol):
    """Tells which profiles are kept."""

    def owners(self) -> Sequence[Owner]:
        """Return whose profiles there are, in order."""
        ...

    def kept(self, owner: Owner, span: Window | None = None) -> Sequence[Kept]:
        """Return the profiles of an owner; those of a span, and any that begin so long before that they reach it."""
        ...


@dataclass(frozen=True)
class Indexed:
    """The profiles that the catalog knows."""

    records: Records

    def owners(self) -> list[Owner]:
        """Return whose profiles there are."""
        return sorted(Owner(**record.document) for record in _pages(self.records, Query(KIND, status=(OWNER,))))

    def kept(self, owner: Owner, span: Window | None = None) -> list[Kept]:
        """Return the profiles of an owner."""
        asked = Query(KIND, parent=str(owner), status=LEVELS, order="time")
        if span:
            asked = replace(asked, since=span.start - LONGEST, until=span.end)
        return [Kept.from_record(record) for record in _pages(self.records, asked)]

    def changed(self, since: datetime | None) -> dict[Owner, datetime]:
        """Return whose profiles have changed, by the clock of the records, each with the earliest time of them."""
        first: dict[str, datetime] = {}
        for record in _pages(self.records, Query(KIND, status=LEVELS, modified_since=since)):
            if record.time:
                first[record.parent] = min(record.time, first.get(record.parent, record.time))
        return {owner: first[str(owner)] for owner in self.owners() if str(owner) in first}


@dataclass(frozen=True)
class Found:
    """The profiles of a folder of reports, each of the time that it tells, or else of its hour folder."""

    store: ObjectStore
    url: str

    def owners(self) -> list[Owner]:
        """Return whose profiles there are."""
        return sorted(self._found)

    def kept(self, owner: Owner, span: Window | None = None) -> list[Kept]:
        """Return the profiles of an owner."""
        del span
        return list(self._found.get(owner, {}).values())

    @cached_property
    def _found(self) -> dict[Owner, dict[str, Kept]]:
        found: dict[Owner, dict[str, Kept]] = defaultdict(dict)
        # What was judged again lies in a folder below, and stands for the window.
        files = [e.url for e in self.store.list(self.url) if e.url.rpartition("/")[2] == wire.PROFILE_FILE]
        for file in sorted(files, key=lambda url: (url.count("/"), len(url), url)):
            for owner, kept in self._of(file):
                found[owner][kept.name] = kept
        return found

    def _of(self, file: str) -> Iterator[tuple[Owner, Kept]]:
        monitor, hour = self._monitor(file), _hour(file)
        if monitor is None:
            return
        for place, head in enumerate(heads(self.store.read(file), file)):
            profile = head.profile
            if window := profile.window or hour:
                owner = Owner(monitor, profile.endpoint or NO_VARIANT, profile.variant or NO_VARIANT)
                yield owner, Kept(window, file, place, rows=profile.rows)

    def _monitor(self, file: str) -> str | None:
        """Return whose report a profile belongs to; None of one that is no report's, such as a baseline's."""
        report = f"{file.rpartition('/')[0] or '.'}/{wire.REPORT_FILE}"
        if not self.store.list(report):
            return None
        told = MONITOR.search(self.store.head(report, REPORT_HEAD_BYTES))
        return told[1].decode() if told else "data-quality"


def chosen(index: Index, monitor: str, endpoint: str | None, variant: str | None, place: str) -> list[Owner]:
    """Return those whose profiles are asked for: one endpoint's, of one variant or of all.

    Raises
    ------
    InputError
        There are none, or those of several endpoints.
    """
    there = index.owners()
    owners = [owner for owner in there if owner.monitor == monitor]
    if not owners:
        known = sorted({owner.monitor for owner in there})
        near = (
            f"There are some of {', '.join(known)}: name one by --monitor." if known else "Let kedge check write some."
        )
        raise InputError(f"There are no profiles of {monitor} here.", file=place, next_step=near)
    endpoints = sorted({owner.endpoint for owner in owners})
    if endpoint is None and len(endpoints) > 1:
        raise InputError(
            "Here are profiles of several endpoints.",
            file=place,
            next_step=f"Name one by --endpoint: {', '.join(endpoints)}",
        )
    name = endpoints[0] if endpoint is None else endpoint
    found = [owner for owner in owners if owner.endpoint == name and variant in (None, owner.variant)]
    if found:
        return found
    variants = [owner.variant for owner in owners if owner.endpoint == name]
    what, asked, known = ("variant", variant, variants) if variants else ("endpoint", name, endpoints)
    raise InputError(
        f"There is no {what} {asked!r} with profiles of {monitor}.{did_you_mean(str(asked), known)}",
        file=place,
        next_step=f"There are {', '.join(known)}.",
    )


def _pages(records: Records, asked: Query) -> Iterator[Record]:
    page = records.list(replace(asked, limit=PAGE))
    while page:
        yield from page
        page = records.list(replace(asked, limit=PAGE, after=page[-1])) if len(page) == PAGE else []


def _hour(file: str) -> Window | None:
    folder = HOUR_FOLDER.search(file.rpartition("/")[0])
    if folder is None:
        return None
    start = datetime(*map(int, folder.groups()), tzinfo=UTC)  # type: ignore[misc,arg-type]
    return Window(start, start + HOUR)
