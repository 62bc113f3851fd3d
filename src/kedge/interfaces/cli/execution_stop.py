"""``kedge execution stop``: one that waits, or runs for too long."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, echo

from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes


@takes(Where)
def stop(where: Where, name: Annotated[str, Argument(help="The name of the execution.")]) -> None:
    """Stop an execution that waits or runs; it leaves no report."""
    with where.open() as workspace:
        now = workspace.executions.stop(name)
    if now.status == "Stopping":
        echo(f"{name} is Stopping: its worker ends it within seconds. Then: kedge execution show {name}")
        return
    echo(f"{name} is {now.status}.")
