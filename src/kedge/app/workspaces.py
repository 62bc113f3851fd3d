"""The workspaces of a database: each with its catalog, its stores and its credentials."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hmac import compare_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kedge.app.clocks import SystemClock
from kedge.app.messaging import trial
from kedge.app.notifying import check
from kedge.app.storing import Files, Stores, stores
from kedge.app.working import jobs
from kedge.domain.access import DEFAULT, EVERY, Caller
from kedge.domain.addresses import Addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.adapters.client import Client
    from kedge.domain.access import WorkspaceSettings
    from kedge.domain.history import Exported, Span
    from kedge.ports import Clock, Exporter, Rooms
    from kedge.service.access.access import Access
    from kedge.service.access.reach import Reach
    from kedge.service.access.tokens import Tokens
    from kedge.service.access.workspaces import Workspaces
    from kedge.service.apply import Apply
    from kedge.service.catalog.catalog import Catalog
    from kedge.service.memory.memory import Memory
    from kedge.service.workspace import Workspace
    from kedge.settings import Settings


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


def client(server: str, token_file: str | None = None, workspace: str | None = None) -> Client:
    """Return a client of a server, which is shown the token of a file, or that which is set."""
    from kedge.adapters.client import Client, token_of

    return Client(server, token_of(token_file) if token_file else None, workspace=workspace)


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

        return Catalog(self.records.of(self.workspaces(by).get(name).name), self.clock, by, check)

    def workspace(self, by: str, name: str = DEFAULT, folder: Path | None = None, *, admin: bool = True) -> Workspace:
        """Return a workspace for ``by``, who changes it; what it reads and writes is so with its own credentials.

        Raises
        ------
        NotFound
            There is none.
        """
        from kedge.service.alarms.features import features
        from kedge.service.catalog.catalog import Catalog
        from kedge.service.receiving import Receiving
        from kedge.service.workspace import Workspace

        own = self.workspaces(by).get(name)
        store, reach = stores(self.settings, own), self._reach(own, admin)
        found = Catalog(reach.over(self.records.of(name)), self.clock, by, check, partial(features, store))
        applying = partial(apply, self.settings, found, own, store, reach, here=folder is None)
        receiving = Receiving(replace(store, places=reach.places), self.clock)
        points = self.records.of(name).points
        trying = partial(trial, self.settings, own, self.records.of(name), store, self.clock)
        return Workspace(name, found, applying, receiving, store, points, _exporter, trying, folder)

    def _reach(self, own: WorkspaceSettings, admin: bool) -> Reach:
        """Return what may be named in a workspace."""
        from kedge.service.access.reach import Reach
        from kedge.service.terms import baselines_of

        here = Reach(receivers=Addresses.of(self.settings.allowed_addresses))
        reach = Reach.of(self.settings, admin=admin) if self.remote else here
        return reach.below(own, baselines_of(self.settings, own))

    def workspaces(self, by: str) -> Workspaces:
        """Return what is declared of the workspaces."""
        from kedge.service.access.workspaces import Workspaces

        return Workspaces(self.records, by, self.clock)

    def tokens(self, by: str) -> Tokens:
        """Return what lets programs in: until it has expired by the clock on the wall, never by a simulated one."""
        from kedge.service.access.tokens import Tokens

        return Tokens(self.records, SystemClock(), by)

    def access(self, by: str) -> Access:
        """Return who may do what, for ``by``, who changes it."""
        from kedge.service.access.access import Access

        return Access(self.tokens(by), self.workspaces(by))

    def caller(self, shown: str) -> Caller | None:
        """Return who shows a token: the one of the settings, or one that was issued and is good."""
        own = self.settings.admin_token
        if own and compare_digest(own.reveal().encode(), shown.encode("utf-8", "replace")):
            return Caller("admin_token", "admin", EVERY)
        return self.tokens("").verify(shown)


def apply(
    settings: Settings,
    catalog: Catalog,
    own: WorkspaceSettings,
    store: Stores,
    reach: Reach,
    *,
    here: bool,
) -> Apply:
    """Return what brings the catalog of a workspace to what is declared.

    Its scripts see our variables only where they are the default workspace's, and whoever has them run is ``here``.
    """
    from kedge.service.apply import Apply
    from kedge.service.terms import PATHS, PLAIN, baselines_of, seen

    scripts = None if here and own.name == DEFAULT else seen((*PATHS, *PLAIN))
    learning = reach.with_own()
    making = partial(jobs, settings, scripts, store, learning)
    return Apply(catalog, replace(store, places=learning.places), making, baselines_of(settings, own), reach)


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


def export(workspace: Workspace | Client, span: Span, output: str) -> Exported:
    """Write the history of a workspace below ``output``, as Parquet."""
    with TemporaryDirectory(prefix="kedge-") as folder:
        made = workspace.export(Path(folder), span)
        Stores().write(output, Files(Path(folder), tuple(f"{name}.parquet" for name in made.rows)))
    return made


def _exporter() -> Exporter:
    from kedge.adapters.exports.parquet import Parquet

    return Parquet()


def database(settings: Settings) -> str:
    """Return the URL of the database: the one that is set, or a file in the server's folder."""
    return settings.database.reveal() if settings.database else f"sqlite:///{settings.data}/kedge.db"
