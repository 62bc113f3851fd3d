"""``kedge serve``: scheduler and workers in one process."""

from __future__ import annotations

import logging
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from typer import Option

from kedge.app import server
from kedge.interfaces.cli.place import SERVER, Place
from kedge.interfaces.cli.reading import takes
from kedge.settings import load

if TYPE_CHECKING:
    from kedge.service.server import Server


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


@takes(Place, Work)
def serve(place: Place, work: Work) -> None:
    """Run what is scheduled, until told to end: SIGTERM lets what runs come to its end, a second one hands it back."""
    run(serving(place, work, schedules=True), work.grace)


def serving(place: Place, work: Work, *, schedules: bool) -> Server:
    """Return what the options describe."""
    settings, _ = load(data=place.data, database=place.database, output=work.output)
    return server(settings, work.workers, schedules=schedules)


def run(serving: Server, grace: float) -> None:
    """Serve, with a line on standard error for each event, until a signal comes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)

    def told(*_: object) -> None:
        (serving.hand_back if serving.stop.is_set() else serving.stop).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    logging.info("serving: %d at once", len(serving.workers))
    serving.run(grace)
    logging.info("ended")
