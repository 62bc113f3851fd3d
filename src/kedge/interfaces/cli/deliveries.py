"""What ``kedge doctor`` says of channels and actions: which fail, and what is not there that actions run."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Final

from typer import echo

from kedge.adapters.presentation.words import count, plain
from kedge.domain.window import format_time
from kedge.errors import KedgeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.domain.action import Action
    from kedge.domain.channel import Channel
    from kedge.domain.notification import Delivery
    from kedge.interfaces.cli.place import Where

LONGEST: Final = 300  # of a line: what a server said may be long
FILE: Final = "file://"


def receivers(where: Where) -> list[str]:
    """Tell how many channels and actions there are, and return what is wrong with them, one line each."""
    if not where.is_there():
        return []
    try:
        with where.open() as workspace:
            channels, actions = workspace.channels.list(), workspace.actions.list()
            deliveries = {one.name: one for one in workspace.notifications.deliveries() if one.fails}
    except KedgeError as error:  # what else there is to say is said all the same
        return [f"Channels and actions cannot be told: {error}"]
    if channels or actions:
        echo(f"\n{count(len(channels), 'channel')}, {count(len(actions), 'action')}")
    return [*_failing([*channels, *actions], deliveries), *(_missing(actions) if where.runs_here() else ())]


def _failing(declared: Sequence[Channel | Action], deliveries: dict[str, Delivery]) -> Iterator[str]:
    for one in declared:
        if delivery := deliveries.get(one.name):
            since = delivery.failing or delivery.last_failed
            told = f"The {one.kind} {one.name} fails since {format_time(since) if since else ''}: {delivery.reason}"
            yield plain(told, LONGEST)


def _missing(actions: Sequence[Action]) -> Iterator[str]:
    for one in actions:
        if one.handler and _is_path(one.handler) and not Path(one.handler.removeprefix(FILE)).is_file():
            yield plain(f"The action {one.name} has no file: {one.handler}", LONGEST)
        if one.command and not _runs(one):
            yield plain(f"The action {one.name} has no program that may be run: {one.command[0]}", LONGEST)


def _is_path(handler: str) -> bool:
    return handler.startswith(FILE) or "://" not in handler


def _runs(action: Action) -> bool:
    """Return whether there is what an action runs, as far as the variables here are those of the server."""
    path = action.environment.get("PATH", os.environ.get("PATH", os.defpath))
    return which(action.command[0], path=path) is not None
