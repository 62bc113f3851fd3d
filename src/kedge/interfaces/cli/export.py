"""``kedge export``: the history as Parquet, for a BI tool."""

from __future__ import annotations

import json as documents
from typing import Annotated

from rich.text import Text
from typer import Option, echo

from kedge import app as application
from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.words import count, plain
from kedge.domain.documents import to_document
from kedge.domain.history import Span
from kedge.domain.window import parse_time
from kedge.interfaces.cli import options
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console


@takes(Where)
def export(
    where: Where,
    output: Annotated[str, Option("--output", "-o", help="Folder or URL for the files.")],
    endpoint: Annotated[str | None, Option(help="Only of this endpoint or dataset.")] = None,
    schedule: Annotated[str | None, Option(help="Only of this schedule.")] = None,
    start: Annotated[str | None, Option("--from", help="Only windows that begin then or later.")] = None,
    end: Annotated[str | None, Option("--to", help="Only windows that begin before.")] = None,
    json: options.Json = False,
) -> None:
    """Write the history as Parquet: executions, statistics, metrics and violations, a file each."""
    since, until = (parse_time(text) if text else None for text in (start, end))
    with where.open() as workspace:
        made = application.export(workspace, Span(endpoint, schedule, since, until), output)
    if json:
        echo(documents.dumps(to_document(made) | {"rows": made.rows}))
        return
    table = headed(">rows", "file")
    for name, rows in made.rows.items():
        add(table, Text(f"{rows:,}"), Text(plain(f"{output.rstrip('/')}/{name}.parquet", 500)))
    console().print(table)
    if made.unread:
        echo(f"{count(made.unread, 'report')} could not be read, and only the executions are told:")
        for error in made.skipped:
            echo(f"  {plain(error, 500)}")
