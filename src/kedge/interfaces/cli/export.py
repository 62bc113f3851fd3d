"""``kedge export``: the history as Parquet, for a BI tool."""

from __future__ import annotations

import json as documents
from typing import TYPE_CHECKING, Annotated

from rich.text import Text
from typer import Option, echo

from kedge import app as application
from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.words import count, plain
from kedge.domain.window import parse_time
from kedge.interfaces.cli import options
from kedge.interfaces.cli.place import Place
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.service.history.history import Span

if TYPE_CHECKING:
    from kedge.service.catalog.catalog import Catalog

SHOWN = 3  # of what could not be read


@takes(Place)
def export(
    place: Place,
    output: Annotated[str, Option("--output", "-o", help="Folder or URL for the files.")],
    endpoint: Annotated[str | None, Option(help="Only of this endpoint or dataset.")] = None,
    schedule: Annotated[str | None, Option(help="Only of this schedule.")] = None,
    start: Annotated[str | None, Option("--from", help="Only windows that begin then or later.")] = None,
    end: Annotated[str | None, Option("--to", help="Only windows that begin before.")] = None,
    json: options.Json = False,
) -> None:
    """Write the history as Parquet: executions, statistics, metrics and violations, a file each."""
    since, until = (parse_time(text) if text else None for text in (start, end))
    with place.catalog() as catalog:
        _refuse_unknown(catalog, endpoint, schedule)
        made = application.export(catalog, Span(endpoint, schedule, since, until), output)
    if json:
        echo(documents.dumps({"rows": made.rows, "skipped": [str(error) for error in made.skipped]}))
        return
    table = headed(">rows", "file")
    for name, rows in made.rows.items():
        add(table, Text(f"{rows:,}"), Text(plain(f"{output.rstrip('/')}/{name}.parquet", 500)))
    console().print(table)
    if made.skipped:
        echo(f"{count(len(made.skipped), 'report')} could not be read, and only the executions are told:")
        for error in made.skipped[:SHOWN]:
            echo(f"  {plain(str(error), 500)}")


def _refuse_unknown(catalog: Catalog, endpoint: str | None, schedule: str | None) -> None:
    """Refuse a name that nothing is called by; executions of what was deleted are history all the same."""
    if schedule is not None and not catalog.executions.search(schedule=schedule, limit=1):
        catalog.schedules.get(schedule)
    if endpoint is not None and not catalog.executions.search(source=endpoint, limit=1):
        _ = catalog.datasets.find(endpoint) or catalog.endpoints.get(endpoint)
