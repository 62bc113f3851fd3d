"""``kedge token``: what lets programs in."""

from __future__ import annotations

import json as documents
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, cast

from rich.table import Table
from typer import Argument, Option, Typer, echo

from kedge.adapters.presentation.words import NOTHING, plain
from kedge.domain.access import SCOPES, Role
from kedge.domain.documents import to_document
from kedge.domain.window import format_time, parse_duration, parse_time
from kedge.errors import SettingError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.place import Elsewhere, Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.access import Token

app = Typer(help="What lets programs in.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """What lets programs in."""


@app.command("create")
@takes(Where)
def create(
    where: Where,
    name: Annotated[str, Argument(help="Who will have it, for people.")],
    role: Annotated[str, Option(help="viewer, operator or admin.")] = "viewer",
    scope: Annotated[
        list[str] | None,
        Option(help=f"Limits it to some routes; may be given again: {', '.join(SCOPES)}.", show_default="all"),
    ] = None,
    expires: Annotated[
        str | None, Option(help="When: a time, or how long from now on, such as P90D.", show_default="never")
    ] = None,
    json: options.Json = False,
) -> None:
    """Make a token for --workspace, or for all of them, '*', and print it: once, as nobody keeps it."""
    until = _time(expires) if expires else None
    with where.access(new=True) as access:
        token, secret = access.tokens.issue(name, cast("Role", role), where.workspace, tuple(scope or ()), until)
    if json:
        echo(documents.dumps({"token": to_document(token), "secret": secret}))
        return
    echo(secret)
    echo("This is shown once. Who has it may do what it may: keep it where secrets are kept.", err=True)


@app.command("list")
@takes(Where)
def listed(where: Where, json: options.Json = False) -> None:
    """Show the tokens of all workspaces, or of one; of none its secret."""
    with where.access() as access:
        found = access.tokens.list(where.workspace)
    if json:
        echo(documents.dumps([to_document(token) for token in found]))
        return
    table = Table("id", "name", "role", "workspace", "scopes", "state", "last used", box=None, pad_edge=False)
    for token in found:
        table.add_row(*(plain(cell) for cell in _row(token)))
    console().print(table if found else "There are no tokens.")


@app.command("revoke")
@takes(Elsewhere)
def revoke(where: Elsewhere, id: Annotated[str, Argument(help="Its id, which stands behind kedge_.")]) -> None:
    """Have a token let nobody in from now on."""
    with where.access() as access:
        token = access.tokens.revoke(id)
    echo(f"{token.id} of {plain(token.name)} lets nobody in.")


def _time(text: str) -> datetime:
    """Return a time that is told as one, or as how long from now on."""
    try:
        return datetime.now(UTC) + parse_duration(text) if text.startswith("P") else parse_time(text)
    except OverflowError:
        raise SettingError(f"{text} is too long.", field="--expires", next_step="Write P90D for 90 days.") from None


def _row(token: Token) -> Iterator[str]:
    yield from (token.id, token.name, token.role, token.workspace, ", ".join(token.scopes) or "all")
    if token.revoked:
        yield f"revoked {format_time(token.revoked)}"
    elif token.expires:
        passed = token.expires <= datetime.now(UTC)
        yield f"{'expired' if passed else 'expires'} {format_time(token.expires)}"
    else:
        yield "good"
    yield format_time(token.last_used) if token.last_used else NOTHING
