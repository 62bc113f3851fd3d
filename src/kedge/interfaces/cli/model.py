"""``kedge model``: the versions of a model that ``kedge serve-model`` serves."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from rich.table import Table
from typer import Argument, Option, Typer, echo

from kedge.adapters.presentation.words import NOTHING, plain
from kedge.errors import InputError, SettingError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.terminal import output as console

if TYPE_CHECKING:
    from kedge.endpoint.host.folder import Folder
    from kedge.endpoint.host.versions import Version, Versions

app = Typer(help="The versions of a model that kedge serve-model serves.", no_args_is_help=True)

Endpoint = Annotated[str, Option(help="The name of the endpoint.")]
Data = Annotated[Path, Option(help="The folder in which endpoints keep their models.")]
Trust = Annotated[bool, Option("--trust", help="Load types of a skops file that are not known to be safe.")]
Seconds = Annotated[float, Option("--wait-seconds", help="How long to wait for the running host to move.", min=0)]
DATA = Path("kedge-models")
_SHOWN = 48  # of a command, so that a version is one line; --json has all of it


@app.callback()
def _group() -> None:
    """The versions of a model that kedge serve-model serves."""


@app.command("deploy")
def deploy(
    model: Annotated[Path, Argument(help="model.tar.gz, a folder, or a model file.")],
    endpoint: Endpoint,
    variant: Annotated[str | None, Option(help="The name of the version.", show_default="v2, v3 and so on")] = None,
    weight: Annotated[float | None, Option(help="Percent of the traffic that it takes.", show_default="all")] = None,
    trust: Trust = False,
    data: Data = DATA,
    wait_seconds: Seconds = 60,
) -> None:
    """Add a version, and give it traffic once it is up."""
    from kedge.endpoint.host.changes import Change
    from kedge.endpoint.host.folder import Folder

    folder = Folder(data, endpoint)
    folder.known()
    version, warning = Change(folder, command()).deploy(model, variant, weight, trust)
    deployed(version, warning)
    _moved(folder, wait_seconds)


@app.command("weights")
def weights(
    shares: Annotated[list[str], Argument(metavar="VARIANT=WEIGHT...", help="Who is to answer, and how much of it.")],
    endpoint: Endpoint,
    data: Data = DATA,
    wait_seconds: Seconds = 60,
) -> None:
    """Share the traffic among versions: those that are not named get none, and end."""
    from kedge.endpoint.host.changes import Change
    from kedge.endpoint.host.folder import Folder

    folder = Folder(data, endpoint)
    Change(folder, command()).weigh(dict(map(_share, shares)))
    _moved(folder, wait_seconds)


@app.command("rollback")
def rollback(endpoint: Endpoint, data: Data = DATA, wait_seconds: Seconds = 60) -> None:
    """Give the traffic back to whom it went before the newest version took some."""
    from kedge.endpoint.host.changes import Change
    from kedge.endpoint.host.folder import Folder

    folder = Folder(data, endpoint)
    Change(folder, command()).roll_back()
    _moved(folder, wait_seconds)


@app.command("list")
def listed(endpoint: Endpoint, data: Data = DATA, json: options.Json = False) -> None:
    """Show the versions, and which of them answer."""
    from kedge.endpoint.host.folder import Folder

    folder = Folder(data, endpoint)
    known = folder.known()
    if json:
        echo(known.model_dump_json())
        return
    table = Table("variant", "traffic", "state", "deployed", "model", "by", box=None, pad_edge=False)
    states = folder.told().get("variants", {})
    for version in known.versions:
        share = known.traffic.taking.get(version.variant)
        told = NOTHING if share is None else f"{100 * share:.4g} %"
        state = states.get(version.variant, NOTHING)
        where = (version.time, plain(Path(version.source).name, 24), plain(version.command, _SHOWN))
        table.add_row(version.variant, told, plain(state, _SHOWN), *where)
    console().print(table)
    if not folder.hosted:
        echo(f"No host is running. Next: kedge serve-model --endpoint {endpoint}")


def command() -> str:
    """Return the command that is running."""
    return shlex.join(["kedge", *sys.argv[1:]])


def deployed(version: Version, warning: str) -> None:
    """Say that there is a new version."""
    echo(f"Deployed {version.variant}: {plain(version.kind)}")
    if warning:
        echo(f"Warning: {plain(warning, 300)}", err=True)


def traffic(known: Versions) -> str:
    """Say who answers."""
    return "Traffic: " + ", ".join(f"{name} {100 * share:.4g} %" for name, share in known.traffic.taking.items())


def _share(text: str) -> tuple[str, float]:
    name, _, weight = text.partition("=")
    try:
        return name, float(weight)
    except ValueError:
        told = f"{text!r} is no variant with its weight."
        raise SettingError(told, field="weights", next_step="Give each as v1=90.") from None


def _moved(folder: Folder, seconds: float) -> None:
    """Wait for the host, and say who answers now."""
    from kedge.endpoint.host.changes import settled

    if not folder.hosted:
        echo(f"{traffic(folder.known())}, once a host runs: kedge serve-model --endpoint {folder.endpoint}")
        return
    if hindered := settled(folder, seconds):
        raise InputError(
            f"The host did not move within {seconds:g} s, and answers as before. {hindered}",
            file=folder.path,
            next_step="kedge model rollback takes the change back.",
        )
    echo(traffic(folder.known()))
