"""``kedge alarm``: what is to be noticed, how it stands, and who looks after it."""

from __future__ import annotations

import json as documents
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

from rich.table import Table
from rich.text import Text
from typer import Argument, Exit, Option, Typer, echo

from kedge.adapters.presentation.alarms import demands, watches, why
from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.words import NOTHING, count, number, plain, rounded
from kedge.domain.documents import to_document
from kedge.domain.standing import notification_told, standing_told
from kedge.domain.window import format_time, parse_time
from kedge.errors import SettingError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.durations import how_long
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.service.alarms.alarms import state_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.alarm import AlarmState
    from kedge.domain.standing import Standing

app = Typer(help="What is to be noticed, how it stands, and who looks after it.", no_args_is_help=True)

Name = Annotated[str, Argument(help="The name of the alarm.")]
Reason = Annotated[str, Option(help="Why, for whoever asks.")]
STYLES: Final[dict[AlarmState, str]] = {
    "ALARM": "bold red",
    "INSUFFICIENT_DATA": "yellow",
    "OK": "green",
}  # worst first


@app.callback()
def _group() -> None:
    """What is to be noticed, how it stands, and who looks after it."""


@app.command("list")
@takes(Where)
def listed(
    where: Where,
    state: Annotated[list[str] | None, Option(help="Only those that stand so: ALARM; may be given again.")] = None,
    json: options.Json = False,
) -> None:
    """Show the alarms, those that alarm first: since when, why, and who looks after them."""
    states = tuple(state_of(word.upper()) for word in state or ())
    with where.open() as workspace:
        found = workspace.alarms.standings(states)
    if json:
        echo(documents.dumps([standing_told(standing) for standing in found], ensure_ascii=False))
        return
    looked_after = ("",) if any(one.silence or one.acknowledgement for one in found) else ()
    table = headed("Alarm", "State", "Since", "Why", *looked_after)
    for one in sorted(found, key=lambda one: [*STYLES].index(one.alert.state)):
        noted = (Text("; ".join(_shortly(one))),) if looked_after else ()
        add(
            table, Text(plain(one.alarm.name)), _state(one.alert.state), Text(_time(one.alert.since)), _why(one), *noted
        )
    console().print(table if found else "There is no such alarm.")


@app.command("show")
@takes(Where)
def show(where: Where, name: Name, json: options.Json = False) -> None:
    """Show an alarm: how it stands and why, what it watches, its silence, and who looks after it."""
    with where.open() as workspace:
        standing = workspace.alarms.standing(name)
    if json:
        echo(documents.dumps(standing_told(standing), ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("state", _state(standing.alert.state))
    for field, value in _told(standing):
        table.add_row(field, plain(value, 2000))
    console().print(table)


@app.command("history")
@takes(Where)
def history(
    where: Where,
    name: Name,
    limit: Annotated[int, Option(help="How many at most.", min=1)] = 20,
    json: options.Json = False,
) -> None:
    """Show when an alarm went from one state to another, and why, the latest first; also of one that is deleted."""
    with where.open() as workspace:
        found = workspace.alarms.transitions(name)[::-1]
    if json:
        echo(documents.dumps([to_document(alert) for alert in found[:limit]], ensure_ascii=False))
        return
    table = headed("Time", "State", "Before", "Why")
    for alert in found[:limit]:
        cells = Text(_time(alert.since)), _state(alert.state), Text(alert.previous), Text(_plainly(alert.reason))
        add(table, *cells)
    console().print(table if found else f"{plain(name)} has never gone from one state to another.")
    if more := found[limit:]:
        echo(f"and {count(len(more), 'earlier one')}: --limit {len(found)}")


@app.command("silence")
@takes(Where)
def silence(
    where: Where,
    name: Name,
    duration: Annotated[str | None, Option("--for", help="How long: 30m, 2h, 1d12h, PT2H.")] = None,
    until: Annotated[str | None, Option(help="Or until when, such as 2026-11-01T08:00:00Z.")] = None,
    reason: Reason = "",
) -> None:
    """Have nobody told of an alarm for a while; it is evaluated as ever."""
    over = _over(duration, until)
    with where.open() as workspace:
        made = workspace.alarms.silence(name, over, reason)
    echo(f"{name} is silent until {format_time(made.until)}; it is evaluated as ever.")


@app.command("unsilence")
@takes(Where)
def unsilence(where: Where, name: Name) -> None:
    """Have an alarm's messages sent again."""
    with where.open() as workspace:
        before = workspace.alarms.silenced(name)
        workspace.alarms.unsilence(name)
    echo(f"{name} is {'no longer silent' if before else 'not silent, as before'}.")


@app.command("acknowledge")
@takes(Where)
def acknowledge(where: Where, name: Name, reason: Reason = "") -> None:
    """Say that you look after what alarms now; when it has been fine in between, the next one is another's."""
    with where.open() as workspace:
        made = workspace.alarms.acknowledge(name, reason)
    echo(f"{name} is looked after by {plain(made.by)}, until it is fine.")


@app.command("test")
@takes(Where)
def tried(where: Where, name: Name, json: options.Json = False) -> None:
    """Send a message that is marked as a test to every channel of an alarm; exit code 1 where one cannot be sent."""
    with where.open() as workspace:
        found = workspace.test(name)
    if json:
        echo(documents.dumps([notification_told(one) for one in found], ensure_ascii=False))
    for one in () if json else found:
        echo(plain(f"{one.to}: {one.status}{f': {one.reason}' if one.reason else ''}", 2000))
    if any(one.status != "sent" for one in found):
        raise Exit(1)


def _over(duration: str | None, until: str | None) -> datetime:
    """Return when a silence is over."""
    if (duration is None) == (until is None):
        both = "Both --for and --until are given." if duration else "It is not said how long."
        raise SettingError(both, field="--for", next_step="Give one: --for 2h, or --until 2026-11-01T08:00:00Z.")
    try:
        return datetime.now(UTC) + how_long(duration, "--for") if duration else parse_time(str(until))
    except OverflowError:
        raise SettingError(f"{duration!r} is too long.", field="--for", next_step="Write it like 2h.") from None


def _told(standing: Standing) -> Iterator[tuple[str, str]]:
    """Yield what a person wants to know, the answer first."""
    alarm, alert = standing.alarm, standing.alert
    if alert.since:
        yield "since", f"{_time(alert.since)}, before that {alert.previous}"
    yield "because", rounded(alert.reason)
    yield from _noted(standing)
    yield "alarm", alarm.name
    if alarm.description:
        yield "description", alarm.description
    yield "watches", watches(alarm)
    yield "alarms if", demands(alarm)
    if alarm.metric or alarm.lines:
        yield "missing values", alarm.treat_missing_data
    if alert.datapoints:
        values = ", ".join(f"{number(point.value)} ({format_time(point.time)})" for point in alert.datapoints)
        yield "values", values
    if not alarm.actions_enabled:
        yield "messages", "none: actions are disabled"


def _noted(standing: Standing) -> Iterator[tuple[str, str]]:
    """Yield who silenced it and who looks after it, and why."""
    if one := standing.silence:
        yield "silent", f"until {_time(one.until)}, by {one.by}{_because(one.reason)}"
    if theirs := standing.acknowledgement:
        yield "acknowledged", f"{_time(theirs.time)}, by {theirs.by}{_because(theirs.reason)}"


def _shortly(standing: Standing) -> Iterator[str]:
    if standing.silence:
        yield f"silent until {_time(standing.silence.until)}"
    if standing.acknowledgement:
        yield f"acknowledged by {plain(standing.acknowledgement.by, 30)}"


def _because(reason: str) -> str:
    return f": {plain(reason, 300)}" if reason else ""


def _state(state: AlarmState) -> Text:
    return Text(state, style=STYLES[state])


def _why(standing: Standing) -> Text:
    return Text(plain(why(standing), 200))


def _plainly(reason: str) -> str:
    return rounded(plain(reason, 500))


def _time(time: datetime | None) -> str:
    return format_time(time) if time else NOTHING
