"""``kedge serve``: scheduler and workers in one process."""

from __future__ import annotations

import logging
import signal
import sys
from typing import TYPE_CHECKING, Annotated

from typer import Option

from kedge.app import server
from kedge.settings import load

if TYPE_CHECKING:
    from kedge.service.server import Server

Data = Annotated[str | None, Option(help="The server's folder.", show_default="kedge-data")]
Database = Annotated[str | None, Option(help="The URL of a database that servers share; else a file in the folder.")]
Output = Annotated[str | None, Option("--output", "-o", help="Folder or URL for reports; else in the server's folder.")]
Workers = Annotated[int, Option(help="How many executions run at once.", min=0)]
Grace = Annotated[float, Option(help="Seconds that executions may go on when told to end; then they are handed back.")]


def serve(
    data: Data = None,
    database: Database = None,
    output: Output = None,
    workers: Workers = 1,
    grace: Grace = 30.0,
) -> None:
    """Run what is scheduled, until told to end: SIGTERM lets what runs come to its end, a second one hands it back."""
    settings, _ = load(data=data, database=database, output=output)
    run(server(settings, workers, schedules=True), grace)


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
