"""``kedge capture ship``: a journal's files to an object store."""

from __future__ import annotations

import logging
import math
import os
import signal
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option, echo

from kedge.adapters.presentation.words import count
from kedge.app import shipper as wired
from kedge.errors import InputError, SettingError
from kedge.service.capture.shipping import LOCK_SECONDS, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.service.capture.shipping import Shipper

ONCE_SECONDS = 10.0  # to try again what could not be done at first


def ship(
    journal: Annotated[Path, Argument(help="The folder that servers journal to.")],
    destination: Annotated[str, Option(help="Folder or URL that captures are shipped to.")],
    once: Annotated[bool, Option("--once", help="Ship what is there, and end.")] = False,
    until_input_ends: Annotated[
        bool, Option("--until-input-ends", help="When standard input ends, ship what is left, and end.")
    ] = False,
    metrics: Annotated[str | None, Option(help="Serve /metrics and /health here, such as 127.0.0.1:9464.")] = None,
) -> None:
    """Ship the files of a journal, each whole and exactly once, as long as it runs."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    stop, end = Event(), Event()
    with _told(stop, end):
        work = wired(journal, destination, stop)
        work.check()
        if until_input_ends:
            Thread(target=_watch_input, args=(end,), daemon=True).start()
        with closing(Turn(journal)) as turn:
            if turn.take(end, math.inf if until_input_ends else LOCK_SECONDS):
                _work(work, end, once=once, metrics=metrics)
            elif not end.is_set():
                raise _taken(journal, turn)
    if work.in_flight:  # a store that does not answer keeps nobody from ending: the file stays for the next
        os._exit(0)


def _work(work: Shipper, end: Event, *, once: bool, metrics: str | None) -> None:
    if metrics:
        from kedge.interfaces.cli.capture.metrics import serve

        serve(work.journal, metrics)
    if once:
        _once(work)
        return
    work.run(end)
    if not work.stop.is_set():
        work.rest()


def _once(work: Shipper) -> None:
    well = work.rest(ONCE_SECONDS)
    told = work.told()
    echo(f"Shipped {count(told.files, 'file')} with {count(told.records, 'record')} to {work.destination}.")
    if not well:
        raise InputError(f"Not all could be shipped: {told.last_error}", file=work.journal, next_step="Run it again.")


@contextmanager
def _told(*events: Event) -> Iterator[None]:
    """Set events when a signal asks the process to end."""

    def told(*_: object) -> None:
        for event in events:
            event.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch_input(end: Event) -> None:
    while os.read(0, 4096):
        pass
    end.set()


def _taken(journal: Path, turn: Turn) -> SettingError:
    return SettingError(
        f"Another one ships this journal: {turn.holder()}.",
        file=journal,
        next_step="Let it work, or end it first; kedge capture status shows how it stands.",
    )
