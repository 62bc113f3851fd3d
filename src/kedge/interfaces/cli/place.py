"""The options that say which catalog: declared once, taken by every command of the server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from getpass import getuser
from pathlib import Path
from platform import node
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from kedge import app
from kedge.domain.secret import SecretUrl
from kedge.errors import InputError, SettingError
from kedge.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.adapters.client import Client
    from kedge.service.access.access import Access
    from kedge.service.catalog.catalog import Catalog
    from kedge.service.workspace import Workspace

SERVER, ELSEWHERE = "Server", "Server elsewhere"
MAKE_ONE = "make one: kedge apply monitors.yaml"


@dataclass(frozen=True)
class Database:
    """Which database, field by field an option; a command gets them by ``takes``."""

    data: Annotated[
        str | None, Option(help="The server's folder.", show_default="kedge-data", rich_help_panel=SERVER)
    ] = None
    database: Annotated[
        str | None,
        Option(help="The URL of a database that servers share; else a file in the folder.", rich_help_panel=SERVER),
    ] = None

    def settings(self) -> Settings:
        """Return the settings, with what was given here as flags."""
        return load(**asdict(self))[0]

    @contextmanager
    def hub(self, *, new: bool = False) -> Iterator[app.Hub]:
        """Give all workspaces; a database that is not there is made only if it may be ``new``."""
        settings = self.settings()
        file = _file(settings)
        if file and not file.is_file() and not new:
            raise InputError(
                "There is no database here.", file=file, next_step="Say where it is: --data or --database."
            )
        with app.hub(settings) as hub:
            yield hub


@dataclass(frozen=True)
class Place(Database):
    """Where the catalog is: in which database, and whose."""

    workspace: Annotated[
        str | None, Option(help="The team's workspace.", show_default="default", rich_help_panel=SERVER)
    ] = None

    @contextmanager
    def catalog(self) -> Iterator[Catalog]:
        """Give the catalog."""
        settings = self.settings()
        _look(settings, MAKE_ONE)
        with app.catalog(settings, actor()) as catalog:
            yield catalog


@dataclass(frozen=True)
class Elsewhere(Database):
    """Which database, here or behind a server: a command that takes it does the same with both."""

    server: Annotated[
        str | None,
        Option(help="The URL of a server to ask, instead of a folder or database.", rich_help_panel=ELSEWHERE),
    ] = None
    token_file: Annotated[
        str | None,
        Option(help="The file of the token to show it; else that of KEDGE_TOKEN.", rich_help_panel=ELSEWHERE),
    ] = None

    @contextmanager
    def access(self, *, new: bool = False) -> Iterator[Access | Client]:
        """Give who may do what; a database that is not there is made only if it may be ``new``."""
        if server := self._asked(self.settings()):
            with app.client(server, self.token_file) as client:
                yield client
            return
        with self.hub(new=new) as hub:
            yield hub.access(actor())

    def _asked(self, settings: Settings) -> str | None:
        """Return the server that is to be asked; a folder or a database that is given as a flag is meant instead."""
        here = self.data or self.database
        if here and self.server:
            raise SettingError("Both a server and a folder or database are given.", next_step="Leave out one of them.")
        return None if here else settings.server


@dataclass(frozen=True)
class Where(Elsewhere, Place):
    """Where the catalog is, here or behind a server, and whose."""

    @contextmanager
    def open(
        self, *, new: bool = False, aside: bool = False, otherwise: str = MAKE_ONE, **others: Any
    ) -> Iterator[Workspace | Client]:
        """Give the workspace.

        Parameters
        ----------
        new, aside
            Whether a catalog that is not there is made, and whether that is in memory.
        otherwise
            What to do where there is none.
        others
            Settings that were given as flags.
        """
        settings, sources = load(**asdict(self), **others)
        if server := self._asked(settings):
            _refuse(others)
            team = None if sources["workspace"] == "default" else settings.workspace
            with app.client(server, self.token_file, team) as client:
                yield client
            return
        if not new:
            _look(settings, otherwise)
        if aside and not _is_there(settings):
            settings = settings.model_copy(update={"database": SecretUrl("sqlite://")})
        with app.workspace(settings, actor()) as workspace:
            yield workspace

    def is_there(self) -> bool:
        """Return whether there is a server to ask, or a catalog, or at least one was given."""
        settings = self.settings()
        return bool(self._asked(settings) or self.data or self.database) or _is_there(settings)

    def runs_here(self) -> bool:
        """Return whether the server runs on this machine, as far as that is known: its database is a file."""
        settings = self.settings()
        return not self._asked(settings) and _file(settings) is not None


def _look(settings: Settings, otherwise: str) -> None:
    """Refuse a catalog that is not there."""
    if not _is_there(settings):
        step = f"Say where it is, --data, --database or --server, or {otherwise}"
        raise InputError("There is no catalog here.", file=_file(settings), next_step=step)


def _is_there(settings: Settings) -> bool:
    file = _file(settings)
    return file is None or file.is_file()


def _refuse(others: dict[str, Any]) -> None:
    """Refuse what a server has its own of."""
    for name in [name for name, value in others.items() if value is not None]:
        raise SettingError("A server has its own.", field=f"--{name}", next_step="Leave it out.")


def _file(settings: Settings) -> Path | None:
    """Return the file of the database, where it is one."""
    url = app.database(settings)
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def actor() -> str:
    """Return who changes the catalog: the user, and on which machine."""
    try:
        user = getuser()
    except (KeyError, OSError):  # in a container without names
        user = "unknown"
    return f"{user}@{node()}"
