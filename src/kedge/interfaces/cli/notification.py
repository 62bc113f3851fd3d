"""``kedge notification``: which messages there were, and what became of each."""

from __future__ import annotations

import json as documents
from typing import TYPE_CHECKING, Annotated, Final

from rich.table import Table
from rich.text import Text
from typer import Argument, Option, Typer, echo

from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.words import NOTHING, count, number, plain, rounded
from kedge.domain.documents import to_document
from kedge.domain.standing import notification_told
from kedge.domain.window import format_time
from kedge.errors import SettingError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.service.messages.notifications import status_of
from kedge.service.messages.resending import MOST, status_again

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kedge.domain.notification import Delivery, Incident, Notification, NotificationStatus

app = Typer(help="Which messages there were, and what became of each.", no_args_is_help=True)

NARROWEST: Final = 112  # of the list: a name that is not whole cannot be asked for
NAMED: Final = 3  # alarms of a message that a line names
STYLES: Final[dict[NotificationStatus, str]] = {
    "waiting": "yellow",
    "sent": "green",
    "failed": "bold red",
    "silenced": "dim",
    "cut": "bold red",
}


@app.callback()
def _group() -> None:
    """Which messages there were, and what became of each."""


@app.command("list")
@takes(Where)
def listed(
    where: Where,
    alarm: Annotated[str | None, Option(help="Only those that tell of this alarm, or would have.")] = None,
    status: Annotated[
        str | None, Option(help="Only those that stand so: waiting, sent, failed, silenced, cut.")
    ] = None,
    to: Annotated[str | None, Option(help="Only those to this channel or action.")] = None,
    limit: Annotated[int, Option(help="How many at most.", min=1)] = 20,
    json: options.Json = False,
) -> None:
    """Show messages, the newest first, also those that were not sent: each with the reason."""
    status_of(status)
    with where.open() as workspace:
        found = workspace.notifications.list(alarm, status, to, limit)
    if json:
        echo(documents.dumps([notification_told(one) for one in found], ensure_ascii=False))
        return
    table = headed("Time", "To", "Status", "Cause", "Alarms", "Why", "Name")
    for one in found:
        cells = (format_time(one.created), plain(one.to), _status(one.status), one.cause, _alarms(one))
        add(table, *(_text(cell) for cell in cells), Text(plain(one.reason or NOTHING, 120)), Text(one.name))
    console(NARROWEST).print(table if found else "There is no such message.")


@app.command("show")
@takes(Where)
def show(
    where: Where, name: Annotated[str, Argument(help="The name of the message.")], json: options.Json = False
) -> None:
    """Show one message: what became of it and why, and what it tells."""
    with where.open() as workspace:
        one = workspace.notifications.get(name)
    if json:
        echo(documents.dumps(notification_told(one), ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("status", _status(one.status))
    for field, value in _told(one):
        table.add_row(field, plain(value, 2000))
    console().print(table)


@app.command("resend")
@takes(Where)
def resend(
    where: Where,
    name: Annotated[str | None, Argument(help="The name of the message.", show_default=False)] = None,
    to: Annotated[str | None, Option(help="Or those to this channel or action.")] = None,
    status: Annotated[str, Option(help="Of these those that stand so: failed, cut, waiting.")] = "failed",
    limit: Annotated[int, Option(help="Of these how many at most.", min=1, max=MOST)] = MOST,
) -> None:
    """Have messages sent again that failed or were cut, under their names; those that wait are tried at once."""
    if (name is None) == (to is None):
        both = "Both a message and --to are given." if name else "It is not said which."
        step = "Give one: a message's name, or --to with a channel or action."
        raise SettingError(both, field="NAME", next_step=step)
    status_again(status)
    with where.open() as workspace:
        if name is not None:
            one = workspace.notifications.resend(name)
            echo(plain(f"{one.name} is sent to {one.to} again.", 300))
            return
        done = workspace.notifications.resend_all(str(to), status, limit)
    are = "is" if done == 1 else "are"
    echo(plain(f"{count(done, 'message')} {are} sent to {to} again." if done else f"No message to {to} is {status}."))
    if done == limit:
        echo("There may be more of them.")


@app.command("channels")
@takes(Where)
def channels(where: Where, json: options.Json = False) -> None:
    """Show of each channel and action when a message was sent last, and when one was tried in vain, and why."""
    with where.open() as workspace:
        found = workspace.notifications.deliveries()
    if json:
        echo(documents.dumps([to_document(one) for one in found], ensure_ascii=False))
        return
    table = headed("To", ">Sent", ">Failed", "Last sent", "Last in vain", "Why")
    for one in found:
        add(table, *map(_text, _cells(one)))
    console().print(table if found else "Nothing was ever sent.")


def _cells(one: Delivery) -> Iterator[str]:
    yield from (plain(one.name), number(one.sent), number(one.failed), _time(one.last_sent), _time(one.last_failed))
    yield plain(one.reason or NOTHING, 200)


def _told(one: Notification) -> Iterator[tuple[str, str]]:
    """Yield what a person wants to know, the answer first."""
    if one.reason:
        yield "because", one.reason
    yield from (("to", one.to), ("subscription", one.subscription), ("cause", one.cause))
    yield "made", format_time(one.created)
    if one.ended:
        yield "ended", format_time(one.ended)
    if one.next_time:
        yield "tried next", format_time(one.next_time)
    yield "tried", count(one.attempts, "time")
    if one.log:
        yield "log", one.log
    if one.cause == "published":
        yield from (("subject", one.subject), ("text", one.text), ("depth", number(one.depth)))
    for incident in one.incidents:
        yield from _incident(incident)
    if one.more:
        yield "and", count(one.more, "other alarm")


def _incident(incident: Incident) -> Iterator[tuple[str, str]]:
    yield incident.alarm.name, f"{incident.state} since {format_time(incident.since)}: {rounded(incident.reason)}"
    for one in incident.worst:
        yield "", f"{one.feature}: {rounded(one.text)}"
    if incident.look:
        yield "", incident.look


def _alarms(one: Notification) -> str:
    names = one.alarms
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return plain(", ".join(names[:NAMED]) or NOTHING) + more


def _status(status: NotificationStatus) -> Text:
    return Text(status, style=STYLES[status])


def _text(cell: str | Text) -> Text:
    return cell if isinstance(cell, Text) else Text(cell)


def _time(time: datetime | None) -> str:
    return format_time(time) if time else NOTHING
