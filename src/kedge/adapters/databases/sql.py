"""Records and leases in SQLite, for one machine, or in PostgreSQL, for several."""

from __future__ import annotations

import copy
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from sqlite3 import SQLITE_BUSY, OperationalError
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa

from kedge.adapters.databases.feed import Feed
from kedge.adapters.databases.inserting import insert
from kedge.adapters.databases.migrating import migrate
from kedge.adapters.databases.points import Points
from kedge.adapters.databases.tables import CHANGES, LEASES, METADATA, RECORDS
from kedge.domain.access import DEFAULT
from kedge.domain.record import Change, Query, Record
from kedge.domain.secret import masked
from kedge.errors import Conflict, MissingDependency, SettingError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOG = logging.getLogger(__name__)
LATE = 10_000  # changes that may be put before those of others that are older: clocks differ
BUSY_SECONDS = 30  # that a writer of SQLite waits for another
BUSY_PAUSE = 0.005
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# Made once: what is made for every call takes longer than what the database does.
PLACE = ("workspace", "kind", "name", "version")
_SAME = [RECORDS.c[name] == sa.bindparam(f"its_{name}") for name in PLACE]
_THIS = [RECORDS.c[name] == sa.bindparam(f"its_{name}") for name in PLACE if name != "version"]
GET = sa.select(RECORDS).where(*_THIS)
REPLACE, DELETE = sa.update(RECORDS).where(*_SAME), sa.delete(RECORDS).where(*_SAME)


class Sql:
    """Records and leases of one workspace in a database of many: the default one, until another is asked for.

    Parameters
    ----------
    url
        ``sqlite:///path`` or ``postgresql://…``; the tables are made, or brought to this version of kedge.

    Raises
    ------
    SettingError
        There is no such database, or it is of a later kedge.
    MissingDependency
        What speaks to it is not installed.
    """

    def __init__(self, url: str) -> None:
        self._engine, self.workspace = _engine(url), DEFAULT
        self._told: dict[str, Any] = {}  # of all workspaces
        try:
            migrate(self._engine)
        except BaseException:
            self.close()
            raise
        sa.event.listen(self._engine, "handle_error", _away)

    def of(self, workspace: str) -> Self:
        """Return what is kept for another workspace, through the same connections."""
        other = copy.copy(self)
        other.workspace = workspace
        return other

    @property
    def points(self) -> Points:
        """The points of its metrics."""
        return Points(self._engine, self.workspace, told=self._told)

    @property
    def feed(self) -> Feed:
        """The points that wait for sinks."""
        return Feed(self._engine, self.workspace)

    def clear(self) -> None:
        """Delete all that there is of this workspace, its history and its leases too."""
        self._told.pop(self.workspace, None)
        with self._engine.begin() as connection:
            for table in METADATA.sorted_tables:
                connection.execute(sa.delete(table).where(self._ours(table)))

    def get(self, kind: str, name: str) -> Record | None:
        """Return one record, or None where there is none."""
        place = {"its_workspace": self.workspace, "its_kind": kind, "its_name": name}
        with self._engine.connect() as connection:
            row = connection.execute(GET, place).first()
        return _record(row) if row else None

    def put(self, record: Record, by: str) -> Record:
        """Put a record in the place of that of the same version, or as the first."""
        now = datetime.now(UTC)
        stored, statement = _stored(record, now), REPLACE if record.version else self._create
        before = self.get(record.kind, record.name) if by and record.version else None
        change = Change(record.kind, record.name, now, by, before.document if before else None, stored.document)
        self._change(statement, self._put(record, stored), record, change)
        return stored

    def put_all(self, records: Sequence[Record], by: str) -> list[Record]:
        """Put each record that is of the same version, in one transaction; return those, as they are now."""
        now, done, changes = datetime.now(UTC), [], []
        before = self._before(records) if by else {}
        create, change_it = (statement.returning(sa.literal(1)) for statement in (self._create, REPLACE))  # made once
        with self._engine.begin() as connection:
            for record in sorted(records, key=lambda one: (one.kind, one.name)):  # in one order, so that none waits
                stored, statement = _stored(record, now), change_it if record.version else create
                if connection.execute(statement, self._put(record, stored)).first():
                    done.append(stored)
                    known = before.get((record.kind, record.name)) if record.version else None
                    change = Change(record.kind, record.name, now, by, known, stored.document)
                    changes.append(_fields(change) | {"workspace": self.workspace})
            if by and changes:
                connection.execute(sa.insert(CHANGES), changes)
        return done

    def list(self, query: Query) -> list[Record]:
        """Return the records that are asked for, in order."""
        with self._engine.connect() as connection:
            ours = sa.select(RECORDS).where(self._ours(RECORDS))
            ours = ours.where(_newest(self.workspace, query)) if query.newest_of else ours
            return [_record(row) for row in connection.execute(_select(ours, query))]

    def delete(self, record: Record, by: str) -> None:
        """Delete a record that is of the same version."""
        change = Change(record.kind, record.name, datetime.now(UTC), by, record.document, None)
        self._change(DELETE, self._place(record), record, change)

    def changes(self, kind: str, name: str) -> Sequence[Change]:
        """Return what was changed of a record, the first change first."""
        with self._engine.connect() as connection:
            rows = connection.execute(self._one(CHANGES, kind, name).order_by(CHANGES.c.id))
            return [Change(r.kind, r.name, _time(r.time), r.by, r.before, r.after) for r in rows]

    def forget(self, kind: str, before: datetime) -> int:
        """Forget the changes of a kind that were made before then, and return how many those were."""
        kept = sa.select(CHANGES.c.id).where(CHANGES.c.time >= _number(before)).order_by(CHANGES.c.id).limit(1)
        with self._engine.begin() as connection:
            first = connection.execute(kept).scalar()
            # They stand in their order, so that few are looked at: SQLite must not see that an index has the kind.
            whose = (sa.func.coalesce(column, column) for column in (CHANGES.c.workspace, CHANGES.c.kind))
            old = sa.and_(*(one == asked for one, asked in zip(whose, (self.workspace, kind), strict=True)))
            old &= CHANGES.c.time < _number(before)
            old = old if first is None else old & (CHANGES.c.id < first + LATE)
            return connection.execute(sa.delete(CHANGES).where(old)).rowcount

    def claim(self, name: str, owner: str, seconds: float) -> bool:
        """Take a lease that is free, or has run out."""
        now = self._now()
        lease = {"owner": owner, "until": now + int(seconds * 1e6)}
        free = sa.or_(LEASES.c.until <= now, LEASES.c.owner == owner)
        statement = insert(self._engine, LEASES).values(workspace=self.workspace, name=name, **lease)
        with self._engine.begin() as connection:
            key = ["workspace", "name"]
            return _done(connection, statement.on_conflict_do_update(index_elements=key, set_=lease, where=free))

    def renew(self, name: str, owner: str, seconds: float) -> bool:
        """Have a lease last from now on."""
        now = self._now()
        held = self._ours(LEASES) & (LEASES.c.name == name) & (LEASES.c.owner == owner) & (LEASES.c.until > now)
        with self._engine.begin() as connection:
            return _done(connection, sa.update(LEASES).where(held).values(until=now + int(seconds * 1e6)))

    def release(self, name: str, owner: str) -> None:
        """Give a lease back, if it is ``owner``'s."""
        with self._engine.begin() as connection:
            held = self._ours(LEASES) & (LEASES.c.name == name) & (LEASES.c.owner == owner)
            connection.execute(sa.delete(LEASES).where(held))

    def close(self) -> None:
        """Close every connection, also those of the other workspaces; one that is in use when it is given back."""
        sa.event.listen(self._engine.pool, "checkin", lambda _, record: record.invalidate())
        self._engine.dispose()

    def _ours(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.workspace == self.workspace

    def _one(self, table: sa.Table, kind: str, name: str) -> Any:
        return sa.select(table).where(self._ours(table), table.c.kind == kind, table.c.name == name)

    def _before(self, records: Sequence[Record]) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Return the documents of records as they are now."""
        names: dict[str, list[str]] = {}
        for record in records:
            names.setdefault(record.kind, []).append(record.name)
        found = [one for kind, own in names.items() for one in self.list(Query(kind, names=tuple(own)))]
        return {(record.kind, record.name): record.document for record in found}

    def _put(self, record: Record, stored: Record) -> dict[str, Any]:
        return _values(stored) | {"workspace": self.workspace} | self._place(record)

    def _place(self, record: Record) -> dict[str, Any]:
        own = {"its_workspace": self.workspace}
        return own | {f"its_{name}": getattr(record, name) for name in PLACE if name != "workspace"}

    @cached_property
    def _create(self) -> Any:
        return insert(self._engine, RECORDS).on_conflict_do_nothing()

    def _change(self, statement: Any, values: dict[str, Any], record: Record, change: Change) -> None:
        """Change one record and tell of it, both or neither; what nobody did is not told."""
        with self._engine.begin() as connection:
            if not _done(connection, statement, values):
                raise Conflict(
                    f"The {record.kind} {record.name!r} was changed by somebody else, or is there already.",
                    next_step="Read it again, and decide anew.",
                )
            if change.by:
                connection.execute(sa.insert(CHANGES), _fields(change) | {"workspace": self.workspace})

    def _now(self) -> int:
        """Return the database's own time in microseconds, as machines differ; SQLite's is this machine's."""
        if self._engine.dialect.name == "sqlite":
            return int(time.time() * 1e6)
        with self._engine.connect() as connection:
            return int(
                connection.execute(sa.text("SELECT extract(epoch FROM clock_timestamp()) * 1000000")).scalar_one()
            )


def _done(connection: sa.Connection, statement: Any, values: dict[str, Any] | None = None) -> bool:
    """Execute a statement, and return whether it did anything."""
    return connection.execute(statement.returning(sa.literal(1)), values).first() is not None


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingError(
            "This is no URL of a database that is known.",
            field="database",
            next_step="Write sqlite:///kedge.db or postgresql://user@host/name.",
        )
    if parsed.get_backend_name() == "postgresql":
        try:
            return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        except ImportError:
            raise MissingDependency("psycopg", "A postgresql:// database", "postgresql") from None
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    sa.event.listen(engine, "connect", _prepared)
    return engine


def _away(context: Any) -> None:
    """Tell that the database does not answer, without its address and what it was asked: those are for the log."""
    if isinstance(context.sqlalchemy_exception, sa.exc.OperationalError | sa.exc.InterfaceError):
        said = masked(str(context.original_exception)).strip().splitlines() or ["nothing"]
        LOG.warning("the database does not answer: %s", said[0])
        raise Unavailable("The database does not answer.", next_step="Try again in a moment.") from None


def _prepared(connection: Any, _: object) -> None:
    _with_log(connection)
    connection.execute("PRAGMA synchronous=NORMAL")


def _with_log(connection: Any) -> None:
    """Have readers and the writer not wait for each other; SQLite makes nobody wait who asks a new file for it."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except OperationalError as error:
            if error.sqlite_errorcode != SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(BUSY_PAUSE)
        else:
            return


def _select(wanted: sa.Select[Any], query: Query) -> sa.Select[Any]:
    table = RECORDS.c
    wanted = wanted.where(table.kind == query.kind)
    if query.parent is not None:
        wanted = wanted.where(table.parent == query.parent)
    if query.status:
        wanted = wanted.where(table.status.in_(query.status))
    if query.names:
        wanted = wanted.where(table.name.in_(query.names))
    if query.name_contains:
        wanted = wanted.where(table.name.contains(query.name_contains, autoescape=True))
    for name, (since, until) in {
        "time": (query.since, query.until),
        "created": (query.created_since, query.created_until),
        "modified": (query.modified_since, query.modified_until),
    }.items():
        wanted = wanted.where(table[name] >= _number(since)) if since else wanted
        wanted = wanted.where(table[name] < _number(until)) if until else wanted
    keys = [table.name] if query.order == "name" else [table[query.order], table.name]
    if query.after:
        last = sa.tuple_(*(_values(query.after)[key.name] for key in keys))
        place = sa.tuple_(*keys)
        wanted = wanted.where(place < last if query.descending else place > last)
    # Of the newest SQLite would go through all there are, as an index has them in order: so it must not see that.
    order = [sa.func.coalesce(key, key) for key in keys] if query.newest_of else keys
    return wanted.order_by(*(key.desc() if query.descending else key for key in order)).limit(query.limit)


def _newest(workspace: str, query: Query) -> sa.ColumnElement[bool]:
    """Return whether a record is the latest of its parent: one look into the index for each of those that count."""
    owner, owned, table = RECORDS.alias("owner"), RECORDS.alias("owned"), RECORDS.c
    belongs = (owned.c.workspace == workspace) & (owned.c.kind == query.kind) & (owned.c.parent == owner.c.name)
    latest = sa.select(sa.func.max(owned.c.time)).where(belongs).scalar_subquery()
    owners = (owner.c.workspace == workspace) & (owner.c.kind == query.newest_of)
    return sa.tuple_(table.parent, table.time).in_(sa.select(owner.c.name, latest).where(owners))


def _fields(change: Change) -> dict[str, Any]:
    named = {name: getattr(change, name) for name in ("kind", "name", "by", "before", "after")}
    return named | {"time": _number(change.time)}


def _stored(record: Record, now: datetime) -> Record:
    """Return a record as it is once it was put."""
    return replace(record, version=record.version + 1, created=record.created if record.version else now, modified=now)


def _values(record: Record) -> dict[str, Any]:
    named = {name: getattr(record, name) for name in ("kind", "name", "document", "parent", "status", "version")}
    return named | {name: _number(getattr(record, name)) for name in ("time", "created", "modified")}


def _record(row: Any) -> Record:
    times = {name: _time(getattr(row, name)) for name in ("created", "modified")}
    time = _time(row.time) if row.time != NO_TIME else None
    return Record(row.kind, row.name, row.document, row.parent, row.status, time, row.version, **times)


NO_TIME = -(2**62)


def _number(time: datetime | None) -> int:
    """Return a time as microseconds since 1970: exact, and the same in every database."""
    return NO_TIME if time is None else (time - EPOCH) // MICROSECOND


def _time(number: int) -> datetime:
    return EPOCH + number * MICROSECOND
