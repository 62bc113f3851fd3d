"""``kedge schedule``: what runs when."""

from __future__ import annotations

import json as documents
from typing import TYPE_CHECKING, Annotated, Any

from rich.table import Table
from typer import Argument, Option, Typer, echo

from kedge.adapters.presentation.words import NOTHING, count, plain
from kedge.domain.catalog import MonitoringSchedule
from kedge.domain.documents import to_document
from kedge.domain.window import format_time, parse_time
from kedge.interfaces.cli import options
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.service.catalog.kept import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.catalog import Execution

app = Typer(help="What runs when: list, show, start, stop, run and delete schedules.", no_args_is_help=True)

Name = Annotated[str, Argument(help="The name of the schedule.")]
SHOWN = 5  # executions of a schedule
WORKER = "A worker runs it: kedge serve, or kedge worker."


@app.callback()
def _group() -> None:
    """What runs when: list, show, start, stop, run and delete schedules."""


@app.command("list")
@takes(Where)
def listed(
    where: Where,
    endpoint: Annotated[str | None, Option(help="Only those that look at this endpoint or dataset.")] = None,
    status: Annotated[list[str] | None, Option(help="Only those of this status; may be given again.")] = None,
    json: options.Json = False,
) -> None:
    """Show the schedules, when they are due next, and how their last execution went."""
    with where.open() as workspace:
        found = workspace.schedules.list(parent=endpoint, status=tuple(status or ()))
        if json:
            echo(documents.dumps([to_document(schedule) for schedule in found]))
            return
        columns = ("schedule", "status", "when", "monitor", "looks at", "next", "last execution")
        table = Table(*columns, box=None, pad_edge=False)
        newest = workspace.executions.newest() if found else {}
        for schedule in found:
            table.add_row(*(plain(cell) for cell in _row(schedule, newest.get(schedule.name))))
        console().print(table if found else "There is no such schedule.")


@app.command("show")
@takes(Where)
def show(where: Where, name: Name, json: options.Json = False) -> None:
    """Show a schedule, what it does, and its last executions."""
    with where.open() as workspace:
        schedule = workspace.schedules.get(name)
        definition = workspace.definitions.find(schedule.monitoring_job_definition_name)
        last = workspace.executions.search(schedule=name, limit=SHOWN)
    what = to_document(definition) if definition else {}
    if json:
        executions = [to_document(execution) for execution in last]
        echo(documents.dumps({**to_document(schedule), "definition": what, "executions": executions}))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    said_twice = {"name", "endpoint_name", "dataset_name", "monitoring_type"}
    for field, value in [
        *_flat(to_document(schedule)),
        *((field, value) for field, value in _flat(what) if field not in said_twice),
        *(("execution", f"{execution.name} {execution.status}") for execution in last),
    ]:
        table.add_row(plain(field), plain(said(value), 300))
    console().print(table)


@app.command("start")
@takes(Where)
def start(where: Where, name: Name) -> None:
    """Have a schedule run again, from its next slot on."""
    with where.open() as workspace:
        before, after = workspace.schedules.get(name), workspace.schedules.start(name)
    _moved(before, after)


@app.command("stop")
@takes(Where)
def stop(where: Where, name: Name) -> None:
    """Have a schedule rest; an execution that runs is not stopped."""
    with where.open() as workspace:
        before, after = workspace.schedules.get(name), workspace.schedules.stop(name)
    _moved(before, after)


@app.command("delete")
@takes(Where)
def delete(where: Where, name: Name) -> None:
    """Delete a schedule; its executions and their reports stay."""
    with where.open() as workspace:
        workspace.schedules.delete(name)
    echo(f"Deleted {name}; its executions and their reports stay.")


@app.command("run-now")
@takes(Where)
def run_now(where: Where, name: Name) -> None:
    """Have the last slot run, again if it was: then it is judged anew."""
    with where.open() as workspace:
        made = workspace.executions.run_now(workspace.schedules.get(name))
    window = made.window
    echo(f"{made.name} is pending: {format_time(window.start)} to {format_time(window.end)}.")
    echo(f"{WORKER} Then: kedge execution show {made.name}")


@app.command("backfill")
@takes(Where)
def backfill(
    where: Where,
    name: Name,
    start: Annotated[str, Option("--from", help="From when on, such as 2026-11-01.")],
    end: Annotated[str, Option("--to", help="Up to when.")],
    failed: Annotated[bool, Option("--failed", help="Also those that failed or were stopped, again.")] = False,
) -> None:
    """Have slots run that are past and were not run: those whose time is later than --from, and no later than --to."""
    with where.open() as workspace:
        schedule, since, until = workspace.schedules.get(name), parse_time(start), parse_time(end)
        made = workspace.executions.backfill(schedule, since, until, again=failed)
    if not made:
        echo("Every slot of that time has its execution.")
        return
    first, last = made[0].window.start, made[-1].window.end
    are = "is" if len(made) == 1 else "are"
    echo(f"{count(len(made), 'execution')} {are} pending: {format_time(first)} to {format_time(last)}.")
    echo(f"{WORKER} Then: kedge execution list --schedule {name}")


def _moved(before: MonitoringSchedule, after: MonitoringSchedule) -> None:
    told = f"{before.status} → {after.status}" if before.status != after.status else f"{after.status}, as before"
    due = f"; next at {format_time(after.next_time)}" if after.next_time else ""
    echo(f"{after.name}: {told}{due}")


def _row(schedule: MonitoringSchedule, last: Execution | None) -> Iterator[str]:
    yield from (schedule.name, schedule.status, schedule.schedule_expression, schedule.monitoring_type)
    yield schedule.source
    yield format_time(schedule.next_time) if schedule.next_time else NOTHING
    yield f"{last.status} {format_time(last.scheduled_time)}" if last else NOTHING


def _flat(document: dict[str, Any], below: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{below}{name}.")
        else:
            yield f"{below}{name}", value
