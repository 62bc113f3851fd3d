"""``kedge execution``: what ran, how it went, and why."""

from __future__ import annotations

import json as documents
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from rich.table import Table
from typer import Argument, Option, Typer, echo

from kedge.adapters.presentation.words import NOTHING, duration, percent, plain
from kedge.domain.catalog import EXECUTION_STATUSES
from kedge.domain.documents import to_document
from kedge.domain.window import format_time, parse_duration, parse_time
from kedge.domain.wire import VIOLATIONS_FILE
from kedge.errors import InputError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.service.catalog import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.catalog import Execution, Step

app = Typer(help="What ran, how it went, and why.", no_args_is_help=True)

Name = Annotated[str, Argument(help="The name of the execution.")]
LAST_LINES = 10  # of a log


@app.callback()
def _group() -> None:
    """What ran, how it went, and why."""


@app.command("list")
@takes(Where)
def listed(
    where: Where,
    schedule: Annotated[str | None, Option(help="Only those of this schedule.")] = None,
    endpoint: Annotated[str | None, Option(help="Only those of this endpoint or dataset.")] = None,
    status: Annotated[list[str] | None, Option(help="Only those of this status; may be given again.")] = None,
    since: Annotated[str | None, Option(help="From this slot on: 2026-11-01, or P1D for a day back.")] = None,
    until: Annotated[str | None, Option(help="Up to this slot, not with it.")] = None,
    limit: Annotated[int, Option(help="How many at most.", min=1)] = 20,
    json: options.Json = False,
) -> None:
    """Show executions, the latest first."""
    for word in status or ():
        rules.one_of(word, EXECUTION_STATUSES, "--status")
    with where.open() as workspace:
        if schedule is not None and not (found := workspace.executions.list(parent=schedule, limit=1)):
            workspace.schedules.get(schedule)
        found = workspace.executions.search(
            schedule=schedule,
            source=endpoint,
            status=tuple(status or ()),  # type: ignore[arg-type]  # they were looked at above
            since=_time(since),
            until=_time(until),
            limit=limit,
        )
    if json:
        echo(documents.dumps([to_document(execution) for execution in found]))
        return
    labelled = ("labelled",) if any(execution.coverage is not None for execution in found) else ()
    table = Table("execution", "status", "slot", "rows", *labelled, "violations", "took", box=None, pad_edge=False)
    for execution in found:
        table.add_row(*(plain(cell) for cell in _row(execution, labelled=bool(labelled))))
    console().print(table if found else "There is no such execution.")


@app.command("show")
@takes(Where)
def show(where: Where, name: Name, json: options.Json = False) -> None:
    """Show one execution on one screen: how it went, why, what to do next, and what it left."""
    with where.open() as workspace:
        execution = workspace.executions.get(name)
        lines = [] if json else workspace.log(name)
    if json:
        echo(documents.dumps(to_document(execution)))
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # a path is of use only whole
    for field, value in _told(execution):
        table.add_row(field, plain(value, 2000))
    console().print(table)
    if lines:
        echo(f"The log ends with (all of it: kedge execution logs {name}):")
        _print(lines[-LAST_LINES:])


@app.command("logs")
@takes(Where)
def logs(where: Where, name: Name) -> None:
    """Print all that an execution printed."""
    with where.open() as workspace:
        lines = workspace.log(name)
    if not lines:
        raise InputError(
            f"The execution {name!r} has printed nothing yet.",
            field="execution",
            next_step=f"See how it stands: kedge execution show {name}",
        )
    _print(lines)


@app.command("stop")
@takes(Where)
def stop(where: Where, name: Name) -> None:
    """Stop an execution that waits or runs; it leaves no report."""
    with where.open() as workspace:
        now = workspace.executions.stop(name)
    if now.status == "Stopping":
        echo(f"{name} is Stopping: its worker ends it within seconds. Then: kedge execution show {name}")
        return
    echo(f"{name} is {now.status}.")


def _row(execution: Execution, *, labelled: bool) -> Iterator[str]:
    """Yield the cells of an execution; where labels are joined, with the share of captures that had one."""
    yield from (execution.name, execution.status, format_time(execution.scheduled_time))
    yield NOTHING if execution.rows is None else f"{execution.rows:,}"
    if labelled:
        yield percent(execution.coverage)
    yield NOTHING if execution.violations is None else f"{execution.violations:,}"
    yield _took(execution)


def _told(execution: Execution) -> Iterator[tuple[str, str]]:
    """Yield what a person wants to know, the answer first."""
    yield "status", execution.status
    yield from _if("because", execution.failure_reason)
    yield from _if("message", execution.exit_message)
    yield from _if("next step", _next_step(execution))
    yield "execution", execution.name
    yield "of", f"{execution.monitoring_schedule_name}, {execution.monitoring_type} of {execution.source}"
    window = execution.window
    yield "window", f"{format_time(window.start)} to {format_time(window.end)}"
    yield "slot", format_time(execution.scheduled_time)
    yield "why it ran", execution.cause + (f", verdict {execution.revision}" if execution.revision > 1 else "")
    yield from _if("rows", None if execution.rows is None else f"{execution.rows:,}")
    yield from _if("violations", None if execution.violations is None else f"{execution.violations:,}")
    yield from _if("labelled", None if execution.coverage is None else f"{100 * execution.coverage:.1f} %")
    yield from _if("baseline", execution.baseline)
    if execution.start_time:
        again = f", attempt {execution.attempt}" if execution.attempt > 1 else ""
        yield "ran", f"from {format_time(execution.start_time)}, {_took(execution)}{again}"
    yield from _if("worker", execution.worker)
    for step in execution.steps:
        yield f"step {step.name}", _step(step)
    yield from _if("report", execution.report)
    yield "definition", execution.monitoring_job_definition_name


def _if(field: str, value: str | None) -> Iterator[tuple[str, str]]:
    if value:
        yield field, value


def _next_step(execution: Execution) -> str | None:
    if execution.next_step:
        return execution.next_step
    if execution.status == "Pending":
        return "A worker takes it: kedge serve, or kedge worker."
    if execution.status == "Failed":
        return f"Read what it printed: kedge execution logs {execution.name}"
    if not execution.violations or not execution.report:
        return None
    own = execution.monitoring_type == "Custom"  # whose report only its maker knows
    return f"See {execution.report}/{VIOLATIONS_FILE}" if own else f"See them: kedge show {execution.report}"


def _step(step: Step) -> str:
    parts: list[str] = [step.status]
    if step.start_time:
        parts.append(f"from {format_time(step.start_time)}, {_seconds(step.start_time, step.end_time)}")
    if step.rows is not None:
        parts.append(f"{step.rows:,} rows")
    parts += [text for text in (step.exit_message, step.failure_reason) if text]
    return "; ".join(parts)


def _took(execution: Execution) -> str:
    return _seconds(execution.start_time, execution.end_time) if execution.start_time else NOTHING


def _seconds(start: datetime, end: datetime | None) -> str:
    return duration(((end or datetime.now(UTC)) - start).total_seconds())


def _print(lines: list[str]) -> None:
    for line in lines:
        echo(f"  {plain(line, 1000)}" if line.strip() else "")


def _time(text: str | None) -> datetime | None:
    """Return a time, or one that lies so far back."""
    if text is None or not text.upper().lstrip("-+").startswith("P"):
        return parse_time(text) if text else None
    return datetime.now(UTC) - abs(parse_duration(text))
