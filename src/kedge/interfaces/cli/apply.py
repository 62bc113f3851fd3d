"""``kedge apply``: declare what is monitored."""

from __future__ import annotations

import json as documents
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option, echo

from kedge.adapters.presentation.words import plain
from kedge.domain.declaration import WORDS
from kedge.errors import InputError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import progress
from kedge.service.catalog.kept import said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.declaration import Difference

HIDDEN = {"name", "version", "content", "learned"}  # what the name of a thing says, and what nobody declares
PARTS = {"metric.name": "metric", "lines.text": "lines"}  # what is one key in the file
NAMED = "environment."  # below which names are what somebody chose
DONE = {"+": "to add", "~": "to change", "-": "to delete"}


@takes(Where)
def apply(
    where: Where,
    file: Annotated[Path, Argument(help="The file that declares it, such as monitors.yaml.")],
    dry_run: Annotated[bool, Option("--dry-run", help="Show the difference, and change nothing.")] = False,
    prune: Annotated[bool, Option("--prune", help="Delete what the file does not declare, but for baselines.")] = False,
    json: options.Json = False,
) -> None:
    """Declare what is monitored and who is told: show the difference, then make it so, all or nothing."""
    if not file.is_file():
        raise InputError("There is no such file.", file=file, next_step="Write one, or name another.")
    text = file.read_bytes()
    with where.open(new=True, aside=dry_run) as workspace:
        changes = workspace.plan(text, str(file), prune=prune)
        if not json:
            _show(changes, file)
        if not dry_run:
            with progress("learning") as advance:
                workspace.apply(text, str(file), prune=prune, expected=changes, progress=advance)
    if json:
        echo(documents.dumps({"applied": not dry_run, "changes": [_document(change) for change in changes]}))
    elif changes:
        echo("Nothing was changed: --dry-run." if dry_run else "Applied.")


def _show(differences: tuple[Difference, ...], file: Path) -> None:
    for change in differences:
        echo(f"{change.sign} {change.kind} {change.name}")
        for line in _lines(change):
            echo(f"    {plain(line, 300)}")
    if not differences:
        echo(f"Nothing to change: the catalog is as {file} says.")
        return
    counts = Counter[str](change.sign for change in differences)
    echo(", ".join(f"{counts[sign]} {told}" for sign, told in DONE.items() if counts[sign]) + ".")


def _lines(change: Difference) -> Iterator[str]:
    """Yield what changes, in the words of the file."""
    for field, before, after in _fields(change):
        yield f"{field}: {said(after)}" if change.sign == "+" else f"{field}: {said(before)} → {said(after)}"


def _fields(change: Difference) -> Iterator[tuple[str, Any, Any]]:
    for path, before, after in change.fields:
        field = word(path)
        usual = change.sign == "+" and (after is None or field == "status")
        if field not in HIDDEN and not usual:
            yield field, before, after


def word(path: str) -> str:
    """Return the key of the file for the field of a document."""
    field = path if path.startswith(NAMED) else PARTS.get(path) or path.rpartition(".")[2]
    return WORDS.get(field, field)


def _document(change: Difference) -> dict[str, Any]:
    fields = [{"field": field, "before": before, "after": after} for field, before, after in _fields(change)]
    return {"sign": change.sign, "kind": change.kind, "name": change.name, "fields": fields}
