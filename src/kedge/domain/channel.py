"""Channels: where messages go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where messages go: one of three.

    Parameters
    ----------
    name
        Its name.
    url
        A service that apprise knows, such as ``mailto://mail.example.org?from=kedge@example.org&to=ann@example.org``.
        One that holds a secret stands elsewhere: ``env:NAME`` or ``file:PATH``.
    webhook, secret
        Or a URL that gets the message as JSON, signed with the secret that ``env:NAME`` or ``file:PATH`` holds.
    alertmanager
        Or the URL of an Alertmanager of Prometheus. Each of the URLs may stand elsewhere.
    """

    kind: ClassVar[Literal["channel"]] = "channel"

    name: str
    url: str | None = None
    webhook: str | None = None
    secret: str | None = None
    alertmanager: str | None = None

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name}
