"""``kedge capture``: the traffic of model servers, from their journals to a store."""

from __future__ import annotations

from typer import Typer

from kedge.interfaces.cli import Commands


class CaptureCommands(Commands):
    """The commands of capture."""

    package, names = __name__, ("proxy", "sink", "ship", "status", "tail", "change")


app = Typer(cls=CaptureCommands, help="Capture traffic of model servers, ship it, watch it.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Capture traffic of model servers, ship it, watch it."""
