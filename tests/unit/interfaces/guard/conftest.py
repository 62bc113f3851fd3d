"""Guards are asked without a server and without a framework."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import pytest


@pytest.fixture
def ask():
    """Ask an application; chunks are what comes of the body, one message each."""

    def ask(app, *chunks, method="GET", path="/v1/me", scheme="https", client="203.0.113.9", **headers):
        sent, coming = [], list(chunks) or [b""]
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "scheme": scheme,
            "client": (client, 1),
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }

        async def receive():
            if not coming:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": coming.pop(0), "more_body": bool(coming)}

        async def send(message):
            sent.append(message)

        asyncio.run(app(scope, receive, send))
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        body = b"".join(message.get("body", b"") for message in sent[1:])
        problem = json.loads(body) if "problem" in told.get("content-type", "") else {}
        return SimpleNamespace(status=sent[0]["status"], headers=told, body=body, problem=problem, left=len(coming))

    return ask


@pytest.fixture
def echo():
    """An application that answers with the body, and some headers, if it is given any."""

    def made(status=200, **headers):
        async def app(scope, receive, send):
            body, more = b"", True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ConnectionError("the caller has gone")
                body, more = body + message["body"], message["more_body"]
            given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": status, "headers": given})
            await send({"type": "http.response.body", "body": body})

        return app

    return made
