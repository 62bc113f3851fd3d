"""``kedge replay``: which alarms other constraints would have given."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option, echo

from kedge.adapters.renderers import tables
from kedge.adapters.renderers.replay import replay as picture
from kedge.app import jobs
from kedge.interfaces.cli import options
from kedge.interfaces.cli.terminal import output as console
from kedge.interfaces.cli.terminal import progress
from kedge.settings import load


def replay(
    reports: Annotated[str, Argument(help="Folder or URL with reports, at any depth.")],
    constraints: Annotated[str, Option("--constraints", "-c", help="The constraints file to try.")],
    baseline: Annotated[
        str | None, Option("--baseline", "-b", help="Folder or URL of the baseline; else the one of each report.")
    ] = None,
    output: Annotated[str | None, Option("--output", "-o", help="The .html file to draw it in.")] = None,
    plugins: options.Plugins = None,
    json: options.Json = False,
) -> None:
    """Judge stored windows under other constraints: which alarms would come, which would go."""
    settings, _ = load(plugins=plugins)
    work = jobs(settings)
    with progress("replaying") as advance:
        replayed = work.replay(reports, constraints, baseline, advance)
    if output:
        work.shelf.save(output, ".html", picture(replayed).encode("utf-8", "replace"))
    if json:
        echo(replayed.model_dump_json())
        return
    console().print(tables.replay(replayed))
    if output:
        echo(f"Picture: {output}")
