"""``kedge execute``: one execution now, without a server."""

from __future__ import annotations

import signal
import tempfile
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Exit, Option, echo

from kedge.app import execute as done
from kedge.app import store
from kedge.domain.wire import PAGE_FILE
from kedge.errors import SettingError
from kedge.service.assignment import OUTCOME, REPORT, Outcome, read_assignment
from kedge.service.publishing import publish
from kedge.settings import load

if TYPE_CHECKING:
    from kedge.service.assignment import Assignment

CODES = {"CompletedWithViolations": 1, "Failed": 2}


def execute(
    definition: Annotated[Path, Argument(help="What is to be done: a JSON or YAML file.")],
    window: Annotated[
        str | None, Option(help="START/END, such as 2024-05-01T09:00:00Z/2024-05-01T10:00:00Z; else the file's.")
    ] = None,
    output: Annotated[str | None, Option("--output", "-o", help="Folder or URL for the report.")] = None,
    work: Annotated[
        Path | None, Option(help="An empty folder to work in, which keeps the report and outcome.json.")
    ] = None,
    json: Annotated[bool, Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Hold one window against a baseline, as a schedule would: exit 0 without violations, 1 with some, 2 on failure."""
    given = read_assignment(definition.read_bytes(), str(definition), **_times(window))
    with ExitStack() as stack:
        folder = work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kedge-execution-")))
        outcome = _done(given, folder.absolute())
        if output and outcome.files:
            publish(store(), folder / REPORT, outcome.files, output)
    echo(outcome.to_json() if json else _told(outcome, output))
    raise Exit(CODES.get(outcome.status, 0))


def _done(given: Assignment, folder: Path) -> Outcome:
    settings, stop = load()[0], Event()
    if given.definition.program:  # what it runs is ended before us: nothing of it would be, if it were a container
        signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def tell(outcome: Outcome) -> None:
        (folder / f"{OUTCOME}.new").write_text(outcome.to_json(), "utf-8")
        (folder / f"{OUTCOME}.new").replace(folder / OUTCOME)

    return done(settings, given, folder, tell, stop)


def _times(window: str | None) -> dict[str, Any]:
    """Return the fields that a window gives: its end is the time of the verdict."""
    if window is None:
        return {}
    start, slash, end = window.partition("/")
    if not slash:
        raise SettingError(
            f"{window!r} is no window.", field="--window", next_step="Write START/END, two times with a slash between."
        )
    return {"window": {"start": start, "end": end}, "scheduled_time": end}


def _told(outcome: Outcome, output: str | None) -> str:
    if outcome.status in ("Failed", "NoData"):
        reason = outcome.failure_reason or outcome.exit_message
        return "\n".join([f"{outcome.status}: {reason}", *([outcome.next_step] if outcome.next_step else [])])
    page = f"/{PAGE_FILE}" if PAGE_FILE in outcome.files else ""
    return "\n".join([str(outcome.exit_message), *([f"Report: {output.rstrip('/')}{page}"] if output else [])])
