"""A server without login behind a proxy would take everybody for somebody of this machine."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from kedge.interfaces.api.guard.plain import Application, Receive, Send, refuse

TOLD: Final = frozenset((b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"))


@dataclass(frozen=True)
class Direct:
    """Refuses what comes through a proxy."""

    app: Application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "http" and any(name.lower() in TOLD for name, _ in scope["headers"]):
            step = "Have the operator set public_url; then people and programs log in."
            await refuse(send, 403, "Nobody logs in here, so nobody is let in through a proxy.", step)
            return
        await self.app(scope, receive, send)
