"""``kedge config``: the settings in force."""

from __future__ import annotations

from rich.table import Table
from typer import Typer

from kedge.domain.secret import masked
from kedge.interfaces.cli.terminal import output as console
from kedge.settings import load

app = Typer(help="The settings in force.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """The settings in force."""


@app.command("show")
def show() -> None:
    """Show each effective value and where it came from."""
    settings, sources = load()
    table = Table("setting", "value", "from", box=None, pad_edge=False)
    for name, value in settings.model_dump().items():
        table.add_row(name, "" if value is None else masked(str(value)), sources[name])
    console().print(table)
