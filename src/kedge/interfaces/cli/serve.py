"""``kedge serve``: scheduler, workers and the REST interface in one process."""

from __future__ import annotations

import logging
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from typer import Option

from kedge.app import hub, server
from kedge.domain.access import EVERY, Caller
from kedge.errors import MissingDependency
from kedge.interfaces.cli.place import SERVER, Database, actor
from kedge.interfaces.cli.reading import takes
from kedge.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.interfaces.api.server import Serving
    from kedge.service.server import Server
    from kedge.settings import Settings

NOWHERE = "none"


@dataclass(frozen=True)
class Work:
    """How executions are run, field by field an option; a command gets them by ``takes``."""

    output: Annotated[
        str | None,
        Option("--output", "-o", help="Folder or URL for reports; else in the folder.", rich_help_panel=SERVER),
    ] = None
    workers: Annotated[int, Option(help="How many executions run at once.", min=0)] = 1
    grace: Annotated[
        float, Option(help="Seconds that executions may go on when told to end; then they are handed back.")
    ] = 30.0


@dataclass(frozen=True)
class Http:
    """Where requests are taken, field by field an option."""

    listen: Annotated[
        str | None,
        Option(
            help="HOST:PORT of the REST interface; port 0 takes a free one, and none takes no requests.",
            show_default="127.0.0.1:8750",
        ),
    ] = None
    tls_cert: Annotated[str | None, Option(help="File of the server's certificate, with those it is signed by.")] = None
    tls_key: Annotated[str | None, Option(help="File of its key.")] = None


@takes(Database, Work, Http)
def serve(place: Database, work: Work, http: Http) -> None:
    """Run what is scheduled and take requests, until told to end: SIGTERM lets what runs come to its end.

    A second one hands it back, to be run by another.
    """
    settings, _ = load(
        data=place.data,
        database=place.database,
        output=work.output,
        listen=http.listen,
        tls_cert=http.tls_cert,
        tls_key=http.tls_key,
    )
    log()  # what is wrong with where it listens is told, too
    with listening(settings) as listener:
        bound = listener.hub.settings if listener else settings  # executions reach no more than requests may name
        run(server(bound, work.workers, schedules=True), work.grace, listener)


@contextmanager
def listening(settings: Settings) -> Iterator[Serving | None]:
    """Give what takes requests, if anything is to."""
    if settings.listen == NOWHERE:
        yield None
        return
    try:
        from kedge.interfaces.api.server import Serving
    except ImportError as error:
        raise MissingDependency(str(error.name), "The REST interface", "server") from None
    with hub(settings) as found:
        yield Serving(found, settings.listen, Caller(actor(), "admin", EVERY))


def serving(place: Database, work: Work, *, schedules: bool) -> Server:
    """Return what the options describe."""
    settings, _ = load(data=place.data, database=place.database, output=work.output)
    return server(settings, work.workers, schedules=schedules)


def log() -> None:
    """Have each event told in a line on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for chatty in ("alembic", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def run(serving: Server, grace: float, listener: Serving | None = None) -> None:
    """Serve, with a line on standard error for each event, until a signal comes."""
    log()

    def told(*_: object) -> None:
        (serving.hand_back if serving.stop.is_set() else serving.stop).set()
        if listener:
            listener.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    logging.info("serving: %d at once", len(serving.workers))
    if listener:
        listener.start()
    serving.run(grace)
    if listener:
        listener.join()
    logging.info("ended")
