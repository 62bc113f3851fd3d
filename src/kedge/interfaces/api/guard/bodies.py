"""Bodies have a largest size, counted while they come: a length that is told may be wrong, or is not told."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from kedge.interfaces.api.guard.plain import Application, Message, Receive, Send, header, refuse


@dataclass(frozen=True)
class Bodies:
    """Refuses what is larger than ``most`` bytes; no more of it is kept than that."""

    app: Application
    most: int

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        told = header(scope, b"content-length")
        if told and not (told.isascii() and told.isdecimal()):
            await refuse(send, 400, "The length of the body is no number.", "Send it as it is.")
        elif told and (len(told) > 18 or int(told) > self.most):
            await self._refuse(send)
        else:
            await _Counted(self, receive, send).serve(scope)

    async def _refuse(self, send: Send) -> None:
        step = "Send less at once, or have the operator allow more: most_body."
        await refuse(send, 413, f"The body has more than {self.most:,} bytes.", step)


@dataclass
class _Counted:
    """One request whose body is counted."""

    bodies: Bodies
    receive: Receive
    send: Send
    seen: int = 0
    started: bool = False
    over: bool = False

    async def serve(self, scope: MutableMapping[str, Any]) -> None:
        try:
            await self.bodies.app(scope, self._received, self._sent)
        except Exception:
            if not self.over:  # else it has its answer, and what the application makes of the end does not matter
                raise

    async def _received(self) -> Message:
        if self.over:
            return {"type": "http.disconnect"}
        message = await self.receive()
        self.seen += len(message.get("body", b""))
        if self.seen <= self.bodies.most:
            return message
        self.over = True
        if not self.started:
            await self.bodies._refuse(self.send)
        return {"type": "http.disconnect"}

    async def _sent(self, message: Message) -> None:
        if not self.over:
            self.started = True
            await self.send(message)
