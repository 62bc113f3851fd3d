"""``kedge show``: a report, or a baseline, as tables."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, echo

from kedge.adapters.renderers import tables
from kedge.app import jobs
from kedge.interfaces.cli import options
from kedge.interfaces.cli.terminal import output as console
from kedge.settings import load


def show(
    report: Annotated[str, Argument(help="Folder or URL of a report, or of a baseline.")],
    json: options.Json = False,
) -> None:
    """Show violations and statistics as tables in the terminal."""
    settings, _ = load()
    found = jobs(settings).load_report(report)
    if json:
        echo(found.summary.model_dump_json())
        return
    screen = console()
    screen.print(tables.verdict(found))
    if found.summary.findings:
        screen.print(tables.violations(found))
    screen.print(tables.statistics(found.profile.features, found.summary.distances))
