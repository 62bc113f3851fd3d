"""Actions: code that is called with a message."""

from __future__ import annotations

from collections.abc import Mapping  # fields of these types are told by their annotations
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Literal

CALL_SECONDS: Final = 60.0
ATTEMPTS: Final = 3
CALLS_PER_HOUR: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Code that is called with a message, once for each alert: one of three.

    Parameters
    ----------
    name
        Its name.
    handler
        A Python file with ``handler(event, context)``, or ``lambda_handler``.
    command
        Or a program and its arguments; the event stands on its standard input.
    http
        Or a URL that gets the event; one that holds a secret stands elsewhere: ``env:NAME`` or ``file:PATH``.
    environment
        Variables that the code sees, besides the credentials of the workspace.
    timeout_seconds
        How long one call may take.
    memory_limit
        What its processes may use, such as ``512MB``; None is the server's bound.
    attempts
        How often it is called for one message until that succeeds.
    calls_per_hour
        How often it is called at most; messages beyond that are not sent to it, and told as such.
    """

    kind: ClassVar[Literal["action"]] = "action"

    name: str
    handler: str | None = None
    command: tuple[str, ...] = ()
    http: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: float = CALL_SECONDS
    memory_limit: str | None = None
    attempts: int = ATTEMPTS
    calls_per_hour: int = CALLS_PER_HOUR

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name}
