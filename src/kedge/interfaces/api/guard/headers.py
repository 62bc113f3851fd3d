"""Headers that tell a browser what not to do with an answer."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from kedge.interfaces.api.guard.plain import Application, Message, Receive, Send

# Where the application says otherwise, as for a report's page, that holds.
DEFAULTS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-frame-options", b"DENY"),
)
ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
SECURE: Final = ((b"strict-transport-security", b"max-age=31536000"),)


@dataclass(frozen=True)
class Headers:
    """Adds them to every answer."""

    app: Application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        always = ALWAYS + (SECURE if scope.get("scheme") == "https" else ())

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in always} | {b"server"}
                given = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in ours]
                names = {name.lower() for name, _ in given}
                message["headers"] = [*given, *always, *(pair for pair in DEFAULTS if pair[0] not in names)]
            await send(message)

        await self.app(scope, receive, sent)
