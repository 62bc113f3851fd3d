"""Actions: code that is called with a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kedge.domain.action import Action
from kedge.domain.channel import Channel
from kedge.domain.secret import masked
from kedge.errors import SettingError
from kedge.service.catalog import rules
from kedge.service.catalog.definitions import MOST_ARGUMENTS, MOST_VARIABLES
from kedge.service.catalog.receivers import Receivers, callable_url, one_of

MOST_SECONDS: Final = 3600
MOST_ATTEMPTS: Final = 100
MOST_CALLS: Final = 100_000


@dataclass(frozen=True)
class Actions(Receivers[Action]):
    """Code that is called with a message."""

    cls = Action
    other = Channel

    def _check(self, wanted: Action) -> None:
        http, handler = wanted.http is not None, wanted.handler is not None
        one_of("An action", {"handler": handler, "command": bool(wanted.command), "http": http})
        callable_url(wanted.http, "http")
        if wanted.handler is not None:
            _handler(wanted.handler)
        rules.at_most(wanted.command, MOST_ARGUMENTS, "command")
        rules.between(wanted.timeout_seconds, 0.1, MOST_SECONDS, "timeout_seconds")
        rules.between(wanted.attempts, 1, MOST_ATTEMPTS, "attempts")
        rules.between(wanted.calls_per_hour, 1, MOST_CALLS, "calls_per_hour")
        rules.sized(wanted.memory_limit, "memory_limit")
        _environment(wanted)


def _handler(file: str) -> None:
    rules.at_most(file, rules.LONGEST_URL, "handler")
    if not file.endswith(".py"):
        raise SettingError(
            f"A handler is a Python file, and not {file[-80:]!r}.",
            field="handler",
            next_step="Name one that ends in .py, or write command.",
        )


def _environment(action: Action) -> None:
    rules.at_most(action.environment, MOST_VARIABLES, "environment")
    for name, value in action.environment.items():
        if not rules.VARIABLE.fullmatch(name):
            raise SettingError(
                f"{name[:80]!r} is no name of a variable.", field="environment", next_step="Write one such as STAGE."
            )
        if masked(f"{name}={value}") != f"{name}={value}":
            raise SettingError(
                f"The value of {name} is a secret, which stands in no catalog.",
                field="environment",
                next_step="Leave it out: actions see the credentials of their workspace.",
            )
