"""The options that say which catalog: declared once, taken by every command of the server."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass
from getpass import getuser
from pathlib import Path
from platform import node
from typing import TYPE_CHECKING, Annotated

from typer import Option

from kedge import app
from kedge.domain.secret import SecretUrl
from kedge.errors import InputError
from kedge.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.service.catalog.catalog import Catalog

SERVER = "Server"


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
    def catalog(self, *, new: bool = False, aside: bool = False) -> Iterator[Catalog]:
        """Give the catalog; one that is not there is made only if it may be ``new``, and in memory if ``aside``."""
        settings = self.settings()
        file = _file(settings)
        if file and not file.is_file():
            if not new:
                raise InputError(
                    "There is no catalog here.",
                    file=file,
                    next_step="Say where it is, --data or --database, or make one: kedge apply monitors.yaml",
                )
            settings = settings.model_copy(update={"database": SecretUrl("sqlite://")}) if aside else settings
        with app.catalog(settings, actor()) as catalog:
            yield catalog


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
