"""``kedge catalog``: what is declared, who changed it, and the way back."""

from __future__ import annotations

import json as documents
from typing import TYPE_CHECKING, Annotated, Any

from rich.table import Table
from typer import Argument, Option, Typer, echo

from kedge.adapters.presentation.words import NOTHING, plain
from kedge.domain.catalog import KINDS
from kedge.domain.documents import to_document
from kedge.domain.record import Query
from kedge.domain.window import format_time
from kedge.interfaces.cli import options
from kedge.interfaces.cli.apply import word
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.service.catalog import rules
from kedge.service.catalog.kept import differences, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.record import Change, Record

app = Typer(help="What is declared, who changed it, and the way back.", no_args_is_help=True)

DECLARED = tuple(kind for kind in KINDS if kind != "execution")


@app.callback()
def _group() -> None:
    """What is declared, who changed it, and the way back."""


@app.command("list")
@takes(Where)
def listed(
    where: Where,
    kind: Annotated[str | None, Argument(help=f"One of {', '.join(DECLARED)}.", show_default="all")] = None,
    json: options.Json = False,
) -> None:
    """Show what is declared."""
    if kind is not None:
        rules.one_of(kind, DECLARED, "KIND")
    with where.open() as workspace:
        found = [one for name in ([kind] if kind else DECLARED) for one in workspace.records(Query(name))]
    if json:
        echo(documents.dumps([{"kind": record.kind, **record.document} for record in found]))
        return
    table = Table("kind", "name", "status", "of", "changed", box=None, pad_edge=False)
    for record in found:
        table.add_row(*(plain(cell) for cell in _row(record)))
    console().print(table if found else "Nothing is declared.")


@app.command("show")
@takes(Where)
def show(
    where: Where,
    kind: Annotated[str, Argument(help=f"One of {', '.join(DECLARED)}.")],
    name: Annotated[str, Argument(help="Its name; of a baseline with its version, such as fraud:3.")],
    json: options.Json = False,
) -> None:
    """Show one of them, in the words of the file that declares it."""
    rules.one_of(kind, DECLARED, "KIND")
    with where.open() as workspace:
        found = getattr(workspace, f"{kind}s").get(name)
    document = to_document(found)
    if json:
        echo(documents.dumps({"kind": kind, **document}))
        return
    for field, _, value in differences({}, document):
        echo(plain(f"{word(field)}: {said(value)}", 1000))


@app.command("history")
@takes(Where)
def history(
    where: Where,
    kind: Annotated[str, Argument(help=f"One of {', '.join(DECLARED)}.")],
    name: Annotated[str, Argument(help="Its name; of a baseline with its version, such as fraud:3.")],
    json: options.Json = False,
) -> None:
    """Show who changed one of them, when, and from what to what; also of one that is deleted."""
    rules.one_of(kind, DECLARED, "KIND")
    with where.open() as workspace:
        changes = workspace.history(kind, name)  # type: ignore[arg-type]  # it was looked at above
    if json:
        echo(documents.dumps([_document(change) for change in changes]))
        return
    for change in changes:
        echo(f"{format_time(change.time)} {plain(change.by)} {_done(change)}")
        if change.before is not None and change.after is not None:
            for field, before, after in differences(change.before, change.after):
                echo(f"    {plain(f'{field}: {said(before)} → {said(after)}', 300)}")


@app.command("rollback")
@takes(Where)
def rollback(
    where: Where,
    baseline: Annotated[str, Argument(help="The name of the baseline.")],
    to: Annotated[int | None, Option(help="The version to go back to.", show_default="the one before")] = None,
) -> None:
    """Hold schedules against an earlier version of a baseline, from their next execution on."""
    with where.open() as workspace:
        before = workspace.baselines.current(baseline)
        after = workspace.baselines.roll_back(baseline, to)
    echo(f"{baseline}: version {before.version if before else NOTHING} → {after.version}, {after.url}")
    echo(f"kedge apply brings back what its file declares, unless schedules there name {after.reference}.")


def _row(record: Record) -> Iterator[str]:
    yield from (record.kind, record.name, record.status or NOTHING, record.parent or NOTHING)
    yield format_time(record.modified) if record.modified else NOTHING


def _done(change: Change) -> str:
    if change.before is None:
        return "made it"
    return "deleted it" if change.after is None else "changed it"


def _document(change: Change) -> dict[str, Any]:
    time = format_time(change.time)
    return {"time": time, "by": change.by, "before": change.before, "after": change.after}
