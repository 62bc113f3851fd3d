"""Words of ASGI, and an answer without a framework."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


def header(scope: Mapping[str, Any], name: bytes) -> str:
    """Return a header of a request, or nothing; of several the first."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")


async def refuse(
    send: Send, status: int, detail: str, next_step: str, headers: Mapping[str, str] | None = None
) -> None:
    """Answer with a problem (RFC 9457), and close: what the caller still sends is not read."""
    problem = {
        "type": "urn:kedge:problem:not-allowed",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "next_step": next_step,
    }
    body = json.dumps(problem).encode()
    told = {
        "content-type": "application/problem+json",
        "content-length": str(len(body)),
        "connection": "close",
        **(headers or {}),
    }
    start = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
