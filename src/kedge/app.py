"""The composition root: settings in, wired application out; the only room that knows concrete adapters.

What a job is made of is imported with it: the process that ships captures beside a model server needs none of the rest.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hmac import compare_digest
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from kedge.adapters.stores.bounded import Bounded
from kedge.adapters.stores.local import Local as LocalStore
from kedge.adapters.stores.remote import SCHEMES, Remote
from kedge.adapters.stores.unsealed import Unsealed
from kedge.domain.access import DEFAULT, EVERY, Caller
from kedge.errors import SettingError, did_you_mean
from kedge.service.capture.shipping import Shipper
from kedge.service.capture.tail import tail as followed
from kedge.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kedge.adapters.client import Client
    from kedge.adapters.engines.local import Local as LocalEngine
    from kedge.adapters.hooks.process import Process
    from kedge.analysis.anomalies import Anomalies
    from kedge.domain.access import WorkspaceSettings
    from kedge.domain.catalog import Endpoint
    from kedge.ports import Clock, Entry, ObjectStore, Renderer, Rooms
    from kedge.service.access.places import Places
    from kedge.service.access.reach import Reach
    from kedge.service.access.tokens import Tokens
    from kedge.service.access.workspaces import Workspaces
    from kedge.service.analyzer import Analyzer
    from kedge.service.apply import Apply
    from kedge.service.assignment import Assignment, Outcome
    from kedge.service.capture.tail import Tail
    from kedge.service.catalog.catalog import Catalog
    from kedge.service.execution import Tell
    from kedge.service.history.history import Exported, Span
    from kedge.service.jobs import Jobs
    from kedge.service.memory.memory import Memory
    from kedge.service.memory.reports import Reports
    from kedge.service.preview import Look
    from kedge.service.server import Server
    from kedge.service.shelf import Shelf
    from kedge.service.upload import Upload
    from kedge.service.workspace import Workspace
    from kedge.settings import Settings


ENDING_SECONDS = 2.0  # for an analyzer that is stopped: less than an execution has for it


def jobs(
    settings: Settings,
    scripts: Mapping[str, str] | None = None,
    store: Stores | None = None,
    reach: Reach | None = None,
) -> Jobs:
    """Return the jobs of an application with these settings.

    ``scripts`` have these variables, or all of ours. What is read and written is so through ``store``, a workspace's
    own, or else through one with the credentials of the environment; of all that there is only what is in ``reach``.
    """
    from kedge.adapters.net.pinned import ANYWHERE, Pinned
    from kedge.adapters.predictors import predictor
    from kedge.service.jobs import Jobs

    places = reach.places if reach else None
    pinned = Pinned(reach.addresses) if reach else ANYWHERE
    keyed = replace(store or Stores(settings.capture_key), places=places)
    return Jobs(
        engine=_engine(settings, keyed, scripts),
        shelf=_shelf(settings, keyed),
        clock=SystemClock(),
        version=__version__,
        hooks=_hooks(settings, scripts, replace(store or Stores(), places=places)),
        no_anomalies=_no_anomalies(settings),
        predictors=partial(predictor, pinned=pinned, holds=places.holds if places else None),
        kept_rows=settings.sample_rows if settings.raw_values else 0,
    )


def execute(settings: Settings, given: Assignment, folder: Path, tell: Tell, stop: Event | None = None) -> Outcome:
    """Carry out one execution below a folder, as of its slot; what is not ours sees nothing of our environment."""
    from kedge.service.access.reach import Reach, addresses_of, places_of
    from kedge.service.execution import Run
    from kedge.service.terms import PATHS, PLAIN, patterns_of, seen

    plain = seen((*PLAIN, *patterns_of(settings.script_environment)))
    reach = Reach(places_of(settings, str(folder)), addresses_of(settings))
    analyzer = _analyzer(settings, plain, stop or Event(), reach.places) if given.definition.program else None
    scripts = {**seen(PATHS), **plain, **given.definition.environment}
    work = replace(jobs(settings, scripts, reach=reach), clock=FixedClock(given.scheduled_time))
    return Run(work, given, folder, tell, analyzer).run()


def _analyzer(settings: Settings, plain: Mapping[str, str], stop: Event, places: Places) -> Analyzer:
    from kedge.adapters.executors import call
    from kedge.adapters.executors.docker import Docker
    from kedge.adapters.executors.process import Process as Executor
    from kedge.service.analyzer import Analyzer
    from kedge.service.terms import module_path

    return Analyzer(
        store=Stores(settings.capture_key, places=places),
        executor=Docker(
            Executor(grace_seconds=ENDING_SECONDS), settings.containers, settings.container_network, settings.threads
        ),
        call=(sys.executable, "-P", "-u", str(call.__file__)),
        environment=plain,
        modules=module_path(),
        memory=settings.execution_memory,
        stop=stop,
    )


def store() -> ObjectStore:
    """Return where reports go."""
    return Stores()


def stores(settings: Settings, workspace: WorkspaceSettings) -> Stores:
    """Return what a workspace reads and writes: with its own credentials; the default one may have the server's."""
    from kedge.service.terms import capture_key_of

    servers = workspace.name == DEFAULT and not workspace.credentials
    return Stores(capture_key_of(settings, workspace), None if servers else workspace.credentials)


def server(settings: Settings, workers: int, *, schedules: bool) -> Server:
    """Return a server with so many workers."""
    from kedge.adapters.databases.sql import Sql
    from kedge.adapters.executors.process import Process as Executor
    from kedge.service.access.workspaces import Workspaces
    from kedge.service.clock import DatabaseClock
    from kedge.service.late import Late
    from kedge.service.memory.memory import Memory
    from kedge.service.memory.remembering import Remembering
    from kedge.service.preparing import Preparing
    from kedge.service.rota import Each, Everywhere, Known, Rota
    from kedge.service.scheduler import Scheduler
    from kedge.service.server import SCHEDULER, Scheduling, Server, own_name
    from kedge.service.terms import terms_of
    from kedge.service.worker import Worker

    sql, name = Sql(database(settings)), own_name()
    clock, hand_back = DatabaseClock(SystemClock(), sql), Event()
    known = Known(Workspaces(sql, "", clock))

    def worker(name: str, own: WorkspaceSettings) -> Worker:
        room, store = sql.of(own.name), stores(settings, own)
        preparing = Preparing(room, store, clock, settings.execution_memory)
        return Worker(name, room, room, Executor(), store, clock, preparing, terms_of(settings, own), hand_back)

    def scheduling(own: WorkspaceSettings) -> Scheduling:
        room, store = sql.of(own.name), stores(settings, own)
        late = Late(room, Preparing(room, store, clock, settings.execution_memory), settings.late_days)
        memory = Memory(room, store, f"{terms_of(settings, own).output}/_profiles")
        scheduler, remembering = Scheduler(room, settings.jitter_seconds), Remembering(room, memory, clock)
        called = SCHEDULER if own.name == DEFAULT else f"{SCHEDULER} of {own.name}"
        return Scheduling(scheduler, late, remembering, room, clock, name, settings.lease_seconds, called)

    names = [f"{name}-{n}" for n in range(workers)]
    work = [Rota(each, Each(known, partial(worker, each))) for each in names]
    leading = Everywhere(Each(known, scheduling)) if schedules else None
    return Server(leading, work, terms_of(settings).work, sql.close, hand_back=hand_back)


def look(settings: Settings) -> Look:
    """Return what looks at data before it is checked."""
    from kedge.service.preview import Look

    return Look(partial(_engine, settings), _shelf(settings), _no_anomalies(settings))


def upload(settings: Settings, store: Stores | None = None, keep: Callable[[bytes], int] | None = None) -> Upload:
    """Return what uploads labels: to a workspace's own store, to that of the environment, or to who ``keep``s them."""
    from kedge.service.upload import Keeper, Upload

    to = Keeper(keep) if keep else store or Stores()
    return Upload(_engine(settings, store or Stores(settings.capture_key)), to, SystemClock())


@contextmanager
def memory(database: str, root: str) -> Iterator[Memory]:
    """Give what remembers profiles, by the records of a database; what is merged goes below ``root``."""
    from kedge.adapters.databases.sql import Sql
    from kedge.service.memory.memory import Memory

    records = Sql(database)
    try:
        yield Memory(records, Stores(), root)
    finally:
        records.close()


def export(catalog: Catalog, span: Span, output: str) -> Exported:
    """Write the history of a catalog below ``output``, as Parquet."""
    from kedge.adapters.exports.parquet import Parquet
    from kedge.domain.history import TABLES
    from kedge.service.history.history import Exported, History

    history = History(catalog.records, Stores())
    return Exported(Parquet(Stores()).write(output, TABLES, history.rows(span)), history.skipped)


def reports(settings: Settings, url: str) -> Reports:
    """Return the reports of a folder, to be asked."""
    from kedge.service.memory.reports import Reports

    shelf = _shelf(settings)
    return Reports(shelf.store, url, shelf.items)


def save(url: str, suffix: str, content: bytes) -> None:
    """Write a single file."""
    from kedge.service.shelf import place

    folder, name = place(url, suffix)
    Stores().write(folder, {name: content})


def shipper(journal: Path, destination: str, stop: Event) -> Shipper:
    """Return what ships a journal, until ``stop``."""
    return Shipper(journal, destination, Stores(), stop)


def tail(settings: Settings, place: str, endpoint: str, variant: str | None) -> Tail:
    """Return what follows an endpoint's captures."""
    store = Stores(settings.capture_key) if settings.capture_key else Stores()
    return followed(store, SystemClock(), place, endpoint, variant)


@contextmanager
def catalog(settings: Settings, by: str, workspace: str | None = None) -> Iterator[Catalog]:
    """Give the catalog of a workspace, or of the one that is set, to ``by``, who changes it."""
    with hub(settings) as found:
        yield found.catalog(by, workspace or settings.workspace)


@contextmanager
def workspace(settings: Settings, by: str, folder: Path | None = None) -> Iterator[Workspace]:
    """Give the workspace that is set to ``by``, who changes it; paths in files of monitors are seen from ``folder``."""
    with hub(settings) as found:
        yield found.workspace(by, settings.workspace, folder)


@contextmanager
def hub(settings: Settings) -> Iterator[Hub]:
    """Give all workspaces of a database, through the same connections."""
    from kedge.adapters.databases.sql import Sql
    from kedge.service.clock import DatabaseClock

    records = Sql(database(settings))
    try:
        yield Hub(settings, records, DatabaseClock(SystemClock(), records))
    finally:
        records.close()


@dataclass(frozen=True)
class Hub:
    """All workspaces of a database, and who may use them.

    Parameters
    ----------
    settings
        Those of the server.
    records
        Those of the default workspace, by which the others are found.
    clock
        Tells what is due, and what has expired.
    remote
        Whether requests come here, which may name only what the settings allow.
    """

    settings: Settings
    records: Rooms
    clock: Clock
    remote: bool = False

    def catalog(self, by: str, name: str = DEFAULT) -> Catalog:
        """Return the catalog of a workspace for ``by``, who changes it.

        Raises
        ------
        NotFound
            There is no such workspace.
        """
        from kedge.service.catalog.catalog import Catalog

        return Catalog(self.records.of(self.workspaces(by).get(name).name), self.clock, by)

    def workspace(self, by: str, name: str = DEFAULT, folder: Path | None = None, *, admin: bool = True) -> Workspace:
        """Return a workspace for ``by``, who changes it; what it reads and writes is so with its own credentials.

        Raises
        ------
        NotFound
            There is none.
        """
        from kedge.service.catalog.catalog import Catalog
        from kedge.service.receiving import Receiving
        from kedge.service.workspace import Workspace

        own = self.workspaces(by).get(name)
        store, reach = stores(self.settings, own), self._reach(own, admin)
        found = Catalog(reach.over(self.records.of(name)), self.clock, by)
        applying = partial(apply, self.settings, found, own, store, reach, here=folder is None)
        receiving = Receiving(replace(store, places=reach.places), self.clock)
        return Workspace(name, found, applying, receiving, store, folder)

    def _reach(self, own: WorkspaceSettings, admin: bool) -> Reach:
        """Return what may be named in a workspace."""
        from kedge.service.access.reach import Reach
        from kedge.service.terms import terms_of

        reach = Reach.of(self.settings, admin=admin) if self.remote else Reach()
        return reach.below(own.places, terms_of(self.settings, own).baselines)

    def workspaces(self, by: str) -> Workspaces:
        """Return what is declared of the workspaces."""
        from kedge.service.access.workspaces import Workspaces

        return Workspaces(self.records, by, self.clock)

    def tokens(self, by: str) -> Tokens:
        """Return what lets programs in: until it has expired by the clock on the wall, never by a simulated one."""
        from kedge.service.access.tokens import Tokens

        return Tokens(self.records, SystemClock(), by)

    def caller(self, shown: str) -> Caller | None:
        """Return who shows a token: the one of the settings, or one that was issued and is good."""
        own = self.settings.admin_token
        if own and compare_digest(own.reveal().encode(), shown.encode("utf-8", "replace")):
            return Caller("admin_token", "admin", EVERY)
        return self.tokens("").verify(shown)

    def newest(self, endpoint: Endpoint, variant: str | None, most: int, name: str = DEFAULT) -> list[bytes]:
        """Return the newest captures of an endpoint of a workspace, as lines; those that are sealed are none."""
        own = self.workspaces("").get(name)
        store = replace(stores(self.settings, own), places=self._reach(own, admin=False).places)
        found = followed(store, SystemClock(), endpoint.captures, endpoint.name, variant)
        try:
            return [line.line for line in found.last(most) if line.line is not None]
        finally:
            found.close()


def client(server: str, token_file: str | None = None, workspace: str | None = None) -> Client:
    """Return a client of a server, which is shown the token of a file, or that which is set."""
    from kedge.adapters.client import Client, token_of

    return Client(server, token_of(token_file) if token_file else None, workspace=workspace)


def database(settings: Settings) -> str:
    """Return the URL of the database: the one that is set, or a file in the server's folder."""
    return settings.database.reveal() if settings.database else f"sqlite:///{settings.data}/kedge.db"


def apply(
    settings: Settings,
    catalog: Catalog,
    own: WorkspaceSettings | None = None,
    store: Stores | None = None,
    reach: Reach | None = None,
    *,
    here: bool = True,
) -> Apply:
    """Return what brings the catalog of a workspace to what is declared.

    Its scripts see our variables only where they are the default workspace's, and whoever has them run is ``here``.
    """
    from kedge.service.access.reach import Reach
    from kedge.service.apply import Apply
    from kedge.service.terms import HUB, PATHS, PLAIN, seen, terms_of

    reach, workspace = reach or Reach(), own or HUB
    scripts = None if here and workspace.name == DEFAULT else seen((*PATHS, *PLAIN))
    work = jobs(settings, scripts, store, reach.with_own())
    return Apply(catalog, work, terms_of(settings, workspace).baselines, reach)


def _shelf(settings: Settings, store: Stores | None = None) -> Shelf:
    from kedge.adapters.renderers.attribution_page import attribution_page
    from kedge.adapters.renderers.bias_page import bias_page
    from kedge.adapters.renderers.embeddings_page import embeddings_page
    from kedge.adapters.renderers.page import page
    from kedge.adapters.renderers.quality_page import quality_page
    from kedge.service.shelf import Shelf

    pages: dict[str, Renderer] = {
        "attribution": attribution_page,
        "bias": bias_page,
        "data-quality": page,
        "embeddings": embeddings_page,
        "model-quality": quality_page,
    }
    return Shelf(store or Stores(settings.capture_key), pages, settings.plugins)


def _engine(settings: Settings, store: ObjectStore, scripts: Mapping[str, str] | None = None) -> LocalEngine:
    from kedge.adapters.engines.local import Local as LocalEngine
    from kedge.analysis.profile import Profile
    from kedge.analysis.sketches.sample import Sample

    plain = Profile(sample=Sample(size=settings.sample_rows))
    empty = plain if settings.raw_values else Profile.without_raw_values()
    return LocalEngine(store, empty, settings.threads, settings.memory_limit, _hooks(settings, scripts, store))


def _hooks(settings: Settings, scripts: Mapping[str, str] | None, store: ObjectStore) -> Process:
    from kedge.adapters.hooks.process import Process
    from kedge.settings import size_bytes

    return Process(store, settings.hook_timeout_seconds, size_bytes(settings.hook_memory), scripts)


def _no_anomalies(settings: Settings) -> Anomalies:
    from kedge.analysis.anomalies import ROWS, Anomalies

    kept = min(ROWS, settings.sample_rows)
    return Anomalies(score=settings.score, size=kept, raw_values=settings.raw_values)


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the present in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands."""

    time: datetime

    def now(self) -> datetime:
        """Return its time."""
        return self.time


@dataclass(frozen=True)
class Stores:
    """Every store at once: the URL's scheme chooses. Captures that were sealed are read with the key at ``key``.

    Parameters
    ----------
    credentials
        Where the variables are that a workspace has in the place of the environment's; None has those.
    places
        What is reached of all that there is; None is all.
    """

    key: str | None = None
    credentials: Mapping[str, str] | None = None
    places: Places | None = None

    def folders(self, url: str) -> list[str]:
        """Return the names of what lies right below a URL and holds more."""
        return self._at(url).folders(url)

    def list(self, url: str) -> list[Entry]:
        """Return what is at or below a URL."""
        return self._at(url).list(url)

    def read(self, url: str) -> bytes:
        """Return the content of one object."""
        return self._at(url).read(url)

    def head(self, url: str, size: int) -> bytes:
        """Return the first bytes of one object."""
        return self._at(url).head(url, size)

    def stage(self, entry: Entry, folder: Path) -> Path:
        """Return a local file with the content of an object."""
        return self._at(entry.url).stage(entry, folder)

    def write(self, url: str, files: Mapping[str, bytes]) -> None:
        """Write files below a URL."""
        self._at(url).write(url, files)

    def delete(self, url: str) -> None:
        """Delete one object."""
        self._at(url).delete(url)

    def _at(self, url: str) -> ObjectStore:
        store = _store(url, self.credentials)
        bounded = self.places and not self.places.everywhere
        return Unsealed(Bounded(store, self.places.holds) if self.places and bounded else store, self.key)


def _store(url: str, credentials: Mapping[str, str] | None) -> ObjectStore:
    scheme, mark, _ = url.partition("://")
    if not mark or scheme == "file":
        return LocalStore()
    if scheme in SCHEMES:
        return Remote(_own(credentials) if credentials is not None else None)
    known = ("file", *SCHEMES)
    raise SettingError(
        f"No store is known for {scheme}://.{did_you_mean(scheme, known)}",
        file=url,
        next_step=f"Use a path, or one of {', '.join(f'{name}://' for name in known)}.",
    )


def _own(credentials: Mapping[str, str]) -> dict[str, str]:
    from kedge.service.access.workspaces import resolved

    return resolved(credentials)
