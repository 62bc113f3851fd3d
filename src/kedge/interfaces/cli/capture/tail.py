"""``kedge capture tail``: what is being captured, now."""

from __future__ import annotations

from contextlib import closing, suppress
from time import sleep
from typing import TYPE_CHECKING, Annotated

from rich.text import Text
from typer import Argument, Option, echo

from kedge.adapters.presentation.words import moment, plain
from kedge.app import tail as wired
from kedge.domain.capture_record import CaptureRecord
from kedge.errors import InputError
from kedge.interfaces.cli.terminal import output as console
from kedge.settings import load

if TYPE_CHECKING:
    from kedge.domain.capture_record import Payload
    from kedge.service.capture.tail import Tailed

JOURNAL_SECONDS, STORE_SECONDS = 0.5, 2.0  # between two looks
LONGEST = 2000  # of a body that is shown; the terminal cuts it further


def tail(
    place: Annotated[str, Argument(help="A journal, or the folder or URL that it is shipped to.")],
    endpoint: Annotated[str, Option(help="Whose captures.")],
    variant: Annotated[str | None, Option(help="Only those of this variant.")] = None,
    lines: Annotated[int, Option(min=0, help="How many of the newest to begin with.")] = 10,
    follow: Annotated[bool, Option("--follow/--no-follow", help="Whether to show what comes after them.")] = True,
    json: Annotated[bool, Option("--json", help="Print whole records, one a line.")] = False,
) -> None:
    """Show the newest captures of an endpoint, and those that come, until interrupted."""
    pause = STORE_SECONDS if "://" in place else JOURNAL_SECONDS
    with closing(wired(load()[0], place, endpoint, variant)) as following, suppress(KeyboardInterrupt):
        _show(following.last(lines), json)
        while follow:
            sleep(pause)
            _show(following.more(), json)


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
