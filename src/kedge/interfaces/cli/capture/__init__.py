"""``kedge capture``: the traffic of model servers, from their journals to a store."""

from __future__ import annotations

from typer import Typer

from kedge.interfaces.cli.capture import change, ship, status, tail

app = Typer(help="Capture traffic of model servers, ship it, watch it.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Capture traffic of model servers, ship it, watch it."""


for command in (ship, status, tail, change):
    name = command.__name__.rpartition(".")[2]
    app.command(name)(getattr(command, name))
