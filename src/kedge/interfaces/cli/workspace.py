"""``kedge workspace``: what each team has of its own."""

from __future__ import annotations

import json as documents
from typing import Annotated

from rich.table import Table
from typer import Argument, Option, Typer, echo

from kedge.adapters.presentation.words import NOTHING, plain
from kedge.domain.access import WorkspaceSettings
from kedge.domain.documents import to_document
from kedge.errors import SettingError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.place import Elsewhere
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console

app = Typer(help="What each team has of its own.", no_args_is_help=True)
Name = Annotated[str, Argument(help="Its name.")]


@app.callback()
def _group() -> None:
    """What each team has of its own."""


@app.command("create")
@takes(Elsewhere)
def create(
    where: Elsewhere,
    name: Name,
    description: Annotated[str, Option(help="Whose it is.")] = "",
    output: Annotated[
        str | None, Option("--output", "-o", help="Folder or URL for its reports; else in the server's folder.")
    ] = None,
    places: Annotated[
        list[str] | None,
        Option("--place", help="Folder or URL below which its data may lie; may be given again.", show_default="any"),
    ] = None,
    credential: Annotated[
        list[str] | None,
        Option(help="NAME=file:PATH or NAME=env:VARIABLE, never the value; may be given again."),
    ] = None,
    capture_key: Annotated[str | None, Option(help="file:PATH of the key that opens its sealed captures.")] = None,
    replace: Annotated[bool, Option("--replace", help="Take the place of one of the same name.")] = False,
) -> None:
    """Declare a workspace."""
    wanted = WorkspaceSettings(
        name=name,
        description=description,
        output=output,
        places=tuple(places or ()),
        credentials=dict(map(_pair, credential or ())),
        capture_key=capture_key,
    )
    with where.access(new=True) as access:
        (access.workspaces.declare if replace else access.workspaces.create)(wanted)
    echo(f"{name}: kedge apply monitors.yaml --workspace {name}")


@app.command("list")
@takes(Elsewhere)
def listed(where: Elsewhere, json: options.Json = False) -> None:
    """Show the workspaces."""
    with where.access() as access:
        found = access.workspaces.list()
    if json:
        echo(documents.dumps([to_document(one) for one in found]))
        return
    table = Table("workspace", "description", "reports", "credentials", box=None, pad_edge=False)
    for one in found:
        row = (one.name, one.description or NOTHING, one.output or NOTHING, ", ".join(one.credentials) or NOTHING)
        table.add_row(*(plain(cell) for cell in row))
    console().print(table)


@app.command("show")
@takes(Elsewhere)
def show(where: Elsewhere, name: Name, json: options.Json = False) -> None:
    """Show one; of its credentials where they are, and never what."""
    with where.access() as access:
        found = to_document(access.workspaces.get(name))
    if json:
        echo(documents.dumps(found))
        return
    for field, value in found.items():
        lines = [f"{k}={v}" for k, v in value.items()] if isinstance(value, dict) else value
        for line in lines if isinstance(lines, list) else [lines]:
            echo(f"{field}: {plain(str(line), 1100)}")


@app.command("delete")
@takes(Elsewhere)
def delete(
    where: Elsewhere,
    name: Name,
    force: Annotated[bool, Option("--force", help="With all that is declared in it, and its history.")] = False,
) -> None:
    """Delete a workspace and revoke its tokens; reports, profiles and captures stay where they are."""
    with where.access() as access:
        access.workspaces.delete(name, force=force)
    echo(f"{name} is deleted.")


def _pair(text: str) -> tuple[str, str]:
    name, equals, reference = text.partition("=")
    if not equals:
        raise SettingError(
            "A credential is NAME=file:PATH or NAME=env:VARIABLE.", field="--credential", next_step="Write it so."
        )
    return name, reference
