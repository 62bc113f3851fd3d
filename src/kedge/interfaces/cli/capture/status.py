"""``kedge capture status``: what became of every request."""

from __future__ import annotations

import json as documents
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rich.table import Table
from typer import Argument, Exit, Option, echo

from kedge.adapters.presentation.words import count, duration, plain
from kedge.interfaces.cli import options
from kedge.interfaces.cli.terminal import output as console
from kedge.service.capture.metrics import prometheus as metrics
from kedge.service.capture.state import state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.service.capture.state import EndpointState, JournalState

DEFAULT = Path("kedge-capture")
REASONED = ("dropped", "skipped", "remarked")


def status(
    journals: Annotated[list[Path] | None, Argument(help="Journals.", show_default=str(DEFAULT))] = None,
    json: options.Json = False,
    prometheus: Annotated[bool, Option("--prometheus", help="Print it in the text format of Prometheus.")] = False,
) -> None:
    """Show what was seen, captured, shipped and dropped; exit with 1 where a person should look."""
    states = [state(journal, count_records=not prometheus) for journal in journals or [DEFAULT]]
    if json:
        told = [{**found.model_dump(), "problems": found.problems} for found in states]
        echo(documents.dumps(told))
    elif prometheus:
        echo(metrics(states), nl=False)
    else:
        for found in states:
            _show(found)
    if any(found.problems for found in states):
        raise Exit(1)


def _show(found: JournalState) -> None:
    by = found.shipper
    echo(f"{found.journal}: " + (f"shipped by process {by.get('pid')}" if by is not None else "nobody ships it now"))
    if not found.endpoints:
        echo("Nothing was captured here.")
        return
    rows = [dict(_rows(endpoint)) for endpoint in found.endpoints]
    table = Table("", *(plain(endpoint.endpoint) for endpoint in found.endpoints), box=None, pad_edge=False)
    for name in dict.fromkeys(name for row in rows for name in row):
        table.add_row(name, *(plain(row[name], 500) if row.get(name) else "" for row in rows))
    console().print(table)
    for problem in found.problems:
        echo(f"▲ {plain(problem, 500)}")


def _rows(state: EndpointState) -> Iterator[tuple[str, str]]:
    counts, waiting, shipped = state.counts, state.waiting, state.shipped
    yield "processes", f"{state.living:,}"
    yield "seen", f"{counts['seen']:,}"
    yield "sampled out", f"{counts['sampled_out']:,}"
    yield "journalled", f"{counts['journalled']:,}"
    yield "buffered", f"{state.buffered:,}"
    for kind in REASONED:
        yield from ((f"{kind}: {reason}", f"{times:,}") for reason, times in sorted(counts[kind].items()))
    yield "being written", count(state.open_files, "file")
    yield "waiting", _files(waiting.files, waiting.records, waiting.bytes)
    if waiting.files:
        yield "the oldest for", duration(waiting.oldest_seconds)
    yield "shipped", _files(shipped["files"], shipped["records"], shipped["bytes"])
    yield from ((name, f"{shipped[name]:,}") for name in ("recovered", "torn", "failures") if shipped[name])
    yield "last shipped", shipped["last_shipped_time"] or "never"
    if shipped["last_error"]:
        yield "last error", f"{shipped['last_error_time']} {shipped['last_error']}"
    yield from ((f"changed: {name}", documents.dumps(value)) for name, value in state.changed.items())


def _files(files: int, records: int, bytes: int) -> str:
    return f"{count(records, 'record')}, {count(files, 'file')}, {bytes / 1e6:,.1f} MB" if files else "none"
