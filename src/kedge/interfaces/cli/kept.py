"""The options of commands that ask what is kept: reports in a folder, or what a server remembers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from kedge import app
from kedge.domain.secret import SecretUrl
from kedge.domain.window import parse_time
from kedge.errors import InputError, SettingError
from kedge.service.memory.index import Found

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kedge.ports import ObjectStore
    from kedge.service.memory.index import Index

SERVER = "Server"
FOLDER = "kedge-data"


@dataclass(frozen=True)
class Kept:
    """Whose profiles of when, and which server's; field by field an option."""

    endpoint: Annotated[str | None, Option(help="Whose profiles; may be left out where there is only one.")] = None
    variant: Annotated[str | None, Option(help="Of one variant; else of all.")] = None
    start: Annotated[str | None, Option("--from", help="The first instant; else that of all that is kept.")] = None
    end: Annotated[str | None, Option("--to", help="The end, no part of it; else that of all that is kept.")] = None
    data: Annotated[str | None, Option(help="The server's folder.", show_default=FOLDER, rich_help_panel=SERVER)] = None
    database: Annotated[
        str | None,
        Option(help="The URL of a database that servers share; else a file in the folder.", rich_help_panel=SERVER),
    ] = None

    @property
    def times(self) -> tuple[datetime | None, datetime | None]:
        """When the interval starts and ends."""
        start, end = (parse_time(text) if text else None for text in (self.start, self.end))
        return start, end

    @contextmanager
    def index(self, reports: str | None, store: ObjectStore) -> Iterator[tuple[Index, str]]:
        """Give what tells which profiles are kept, and where that is."""
        if reports is not None:
            if self.data or self.database:
                raise SettingError("Both reports and a server are given.", next_step="Leave out one of them.")
            yield Found(store, reports), reports
            return
        folder = self.data or FOLDER
        file = Path(folder, "kedge.db")
        if self.database is None and not file.is_file():
            raise InputError(
                "No server keeps profiles here.",
                file=file,
                next_step="Say where one does, --data or --database, or give a folder of reports: kedge query reports/",
            )
        url = SecretUrl.of(self.database or f"sqlite:///{file}")
        with app.memory(url.reveal(), f"{folder}/profiles") as memory:
            yield memory.index, str(url) if self.database else folder
