"""``kedge capture tail``: what is being captured, now."""

from __future__ import annotations

from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Annotated

from rich.text import Text
from typer import Argument, Option, echo

from kedge.adapters.presentation.words import moment, plain
from kedge.app import tail as wired
from kedge.domain.capture_record import CaptureRecord
from kedge.errors import InputError, SettingError
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kedge.domain.capture_record import Payload
    from kedge.domain.tailed import Tailed
    from kedge.service.capture.tail import Tail

JOURNAL_SECONDS, STORE_SECONDS = 0.5, 2.0  # between two looks
FEW, MOST = 100, 1000  # captures that are asked for at a time
LONGEST = 2000  # of a body that is shown; the terminal cuts it further


@takes(Where)
def tail(
    where: Where,
    endpoint: Annotated[str, Option(help="Whose captures.")],
    place: Annotated[
        str | None,
        Argument(
            help="A journal, or the folder or URL that it is shipped to; else where the endpoint's declaration says.",
            show_default=False,
        ),
    ] = None,
    variant: Annotated[str | None, Option(help="Only those of this variant.")] = None,
    lines: Annotated[int, Option(min=0, help="How many of the newest to begin with.")] = 10,
    follow: Annotated[bool, Option("--follow/--no-follow", help="Whether to show what comes after them.")] = True,
    json: Annotated[bool, Option("--json", help="Print whole records, one a line.")] = False,
) -> None:
    """Show the newest captures of an endpoint, and those that come, until interrupted."""
    pause = JOURNAL_SECONDS if place and "://" not in place else STORE_SECONDS
    with _following(where, place, endpoint, variant) as following, suppress(KeyboardInterrupt):
        _show(following.last(lines), json)
        while follow:
            sleep(pause)
            _show(following.more(), json)


@contextmanager
def _following(where: Where, place: str | None, endpoint: str, variant: str | None) -> Iterator[Tail | Polled]:
    """Give what follows captures at a place, or of a declared endpoint."""
    if place is None:
        with where.open() as workspace:
            yield Polled(partial(workspace.captures, endpoint, variant))
        return
    if where != Where():
        raise SettingError("A place is a folder or a URL, of no server.", field="PLACE", next_step="Leave it out.")
    with closing(wired(load()[0], place, endpoint, variant)) as following:
        yield following


@dataclass
class Polled:
    """Follows captures by asking for the newest again and again.

    Parameters
    ----------
    newest
        Returns the newest few, as many as are asked for at most.
    """

    newest: Callable[[int], list[Tailed]]
    _seen: set[Tailed] = field(default_factory=set)

    def last(self, most: int) -> list[Tailed]:
        """Return the newest few."""
        found = self.newest(max(most, 1))
        self._seen = set(found)
        return found[-most:] if most else []

    def more(self) -> list[Tailed]:
        """Return what has come since; of more than a thousand the newest."""
        found = self.newest(FEW)
        if self._seen.isdisjoint(found):
            found = self.newest(MOST)
        # What is older than all that was seen is no news; one that is sealed has no time.
        known = next((place for place, one in enumerate(found) if one.line and one in self._seen), 0)
        new = [one for place, one in enumerate(found) if one not in self._seen and (place >= known or not one.line)]
        self._seen = set(found) or self._seen
        return new


def _show(found: list[Tailed], json: bool) -> None:
    out = console()
    for tailed in found:
        if json and tailed.line is not None:
            echo(tailed.line.decode("utf-8", "replace"))
        elif not json:
            out.print(_line(tailed), no_wrap=True, overflow="ellipsis", crop=True)


def _line(tailed: Tailed) -> Text:
    if tailed.line is None:
        return Text.assemble((tailed.variant, "cyan"), f"  (sealed, in {tailed.file})")
    try:
        record = CaptureRecord.from_json(tailed.line)
    except InputError as error:
        return Text.assemble((tailed.variant, "cyan"), (f"  {error.message}", "red"))
    id = record.inference_id if record.inference_id is not None else record.event_id
    return Text.assemble(
        (moment(record.inference_time), "dim"),
        "  ",
        (tailed.variant, "cyan"),
        "  ",
        (plain(id, 40), "bold"),
        "  ",
        _body(record.input),
        (" → ", "dim"),
        (_body(record.output), "green"),
    )


def _body(payload: Payload | None) -> str:
    if payload is None:
        return "–"
    if payload.encoding == "BASE64":
        return f"({len(payload.data) * 3 // 4:,} bytes)"
    text = " ".join(payload.data[:LONGEST].split())
    return plain(text, 60) if text else "(empty)"
