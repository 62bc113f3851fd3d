"""The little of HTTP that the host speaks, as an ASGI app sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BYTES: Final = 6 << 20  # of a request, as the service has it
_MOST_READ: Final = 64 << 20  # of one that is too large, since many callers listen only when they have sent all


class Problem(Exception):
    """An answer that is none of a model: a status and a sentence."""

    def __init__(self, status: int, message: str, headers: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers


async def body(scope: Scope, receive: Receive) -> bytes | None:
    """Return the body of a request; None where the caller has gone before its end.

    Raises
    ------
    Problem
        It is too large.
    """
    length = header(scope, "content-length")
    if length.isdigit() and int(length) > _MOST_READ:
        raise _too_large()
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size <= MOST_BYTES:
            parts.append(part)
        else:
            parts.clear()
        ended = not message.get("more_body", False)
        if size > _MOST_READ or (ended and size > MOST_BYTES):
            raise _too_large()
        if ended:
            return b"".join(parts)


def header(scope: Scope, name: str) -> str:
    """Return a header of a request, several as one; the empty text where it was not sent."""
    wanted = name.encode()
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == wanted)


async def answer(send: Send, status: int, content: bytes, kind: str, headers: Iterable[tuple[str, str]] = ()) -> None:
    """Send a whole answer."""
    told = [("content-type", kind), ("content-length", str(len(content))), *headers]
    lines = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in told]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": content})


async def refuse(send: Send, problem: Problem) -> None:
    """Send what is wrong."""
    told = json.dumps({"message": problem.message}).encode()
    await answer(send, problem.status, told, "application/json", problem.headers)


def _too_large() -> Problem:
    # Some of the body may be left: the connection is not used again.
    return Problem(413, f"The request has more than {MOST_BYTES:,} bytes.", [("connection", "close")])
