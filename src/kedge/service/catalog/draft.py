"""A draft: changes that are made and looked at before anybody sees them, and then carried out, all or none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kedge.errors import Conflict
from kedge.service.catalog.kept import TRIES, changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.domain.record import Change, Query, Record
    from kedge.ports import Records


class Draft:
    """Records over others, in which changes stay until :meth:`commit`.

    A list takes the changes in where kind, parent, status and name say so; it knows no pages.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._before: dict[tuple[str, str], Record | None] = {}
        self._after: dict[tuple[str, str], Record | None] = {}

    def get(self, kind: str, name: str) -> Record | None:
        """Return one record as it would be; what it is now is looked up once."""
        key = (kind, name)
        if key not in self._before:
            self._before[key] = self._records.get(kind, name)
        return self._after.get(key, self._before[key])

    def put(self, record: Record, by: str) -> Record:  # noqa: ARG002 - the port's; who commits is told
        """Change one record in the draft."""
        known = self._same(record)
        now = datetime.now(UTC)
        created = known.created if known else now
        drafted = replace(record, version=record.version + 1, created=created, modified=now)
        self._after[record.kind, record.name] = drafted
        return drafted

    def delete(self, record: Record, by: str) -> None:  # noqa: ARG002
        """Delete one record in the draft."""
        self._same(record)
        self._after[record.kind, record.name] = None

    def list(self, query: Query) -> list[Record]:
        """Return the records that are asked for, as they would be."""
        kept = [r for r in self._records.list(replace(query, limit=None)) if (r.kind, r.name) not in self._after]
        drafted = [record for record in self._after.values() if record and _asked(record, query)]
        found = sorted([*kept, *drafted], key=lambda record: _place(record, query), reverse=query.descending)
        return found[: query.limit]

    def changes(self, kind: str, name: str) -> Sequence[Change]:
        """Return what was changed of a record, without the draft."""
        return self._records.changes(kind, name)

    def drafted(self) -> Iterator[tuple[Record | None, Record | None]]:
        """Yield what would be changed, before and after, as it came about; None is before it is there, or after."""
        for key, after in self._after.items():
            before = self._before[key]
            if not _equal(before, after):
                yield before, after

    def commit(self, by: str) -> None:
        """Carry the changes out; where one fails, those before are taken back.

        Raises
        ------
        Conflict
            What is to be changed is not what it was when the draft was made.
        """
        done: list[tuple[Record | None, Record | None]] = []
        try:
            for before, after in self.drafted():
                done.append((before, self._carry_out(before, after, by)))
        except BaseException:
            for before, after in reversed(done):
                with suppress(Exception):  # the first error is the one to tell
                    self._take_back(before, after, by)
            raise

    def _same(self, record: Record) -> Record | None:
        known = self.get(record.kind, record.name)
        if (known.version if known else 0) != record.version:
            raise Conflict(f"There is a {record.kind} {record.name!r} already.", next_step="Take another name.")
        return known

    def _carry_out(self, before: Record | None, after: Record | None, by: str) -> Record | None:
        if before is None:
            return self._records.put(replace(after, version=0), by) if after else None
        for left in reversed(range(TRIES)):
            now = self._records.get(before.kind, before.name)
            if now is None or now.document != before.document:
                raise changed(self._records, before, now)
            try:
                if after is None:
                    self._records.delete(now, by)
                    return None
                # Meanwhile the scheduler may have moved on, which changes no document.
                time = now.time if after.time == before.time else after.time
                return self._records.put(replace(after, version=now.version, time=time), by)
            except Conflict:
                if not left:
                    raise
        raise AssertionError("unreachable")

    def _take_back(self, before: Record | None, after: Record | None, by: str) -> None:
        if before is None and after is not None:
            self._records.delete(after, by)
        elif before is not None:
            self._records.put(replace(before, version=after.version if after else 0), by)


def _asked(record: Record, query: Query) -> bool:
    return (
        record.kind == query.kind
        and query.parent in (None, record.parent)
        and (not query.status or record.status in query.status)
        and (not query.names or record.name in query.names)
        and query.name_contains in record.name
    )


def _place(record: Record, query: Query) -> tuple[Any, ...]:
    value = getattr(record, query.order)
    return (value is not None, value, record.name)


def _equal(before: Record | None, after: Record | None) -> bool:
    if before is None or after is None:
        return before is after
    return (before.document, before.status, before.time) == (after.document, after.status, after.time)
