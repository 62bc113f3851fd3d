"""What every application here is: ASGI without a framework."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Task = Callable[[], Awaitable[None]]

TEXT = b"text/plain; charset=utf-8"
JSON = b"application/json"


class ClientGone(Exception):
    """The client closed its connection before it had its answer."""


async def piece(receive: Receive) -> tuple[bytes, bool]:
    """Return the next piece of a request's body, and whether more comes.

    Raises
    ------
    ClientGone
        There is no more, and the body is not complete.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message.get("body", b""), message.get("more_body", False)


async def answer(send: Send, status: int, body: str | dict[str, Any], kind: bytes = TEXT) -> None:
    """Answer a request whole: text, or a dictionary as JSON."""
    text, kind = (body, kind) if isinstance(body, str) else (json.dumps(body), JSON)
    content = f"{text}\n".encode("utf-8", "replace") if text else b""
    headers = [(b"content-type", kind), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def live(receive: Receive, send: Send, start: Task, stop: Task) -> None:
    """Follow the life of the server: ``start`` before the first request, ``stop`` after the last."""
    await receive()
    await start()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await stop()
    await send({"type": "lifespan.shutdown.complete"})
