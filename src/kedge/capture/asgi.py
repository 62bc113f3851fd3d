"""Capture beside any ASGI application: FastAPI, Starlette, Django, or one of your own.

Messages are handed on as they are and when they come; a body is only remembered on its way.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kedge.capture.middleware import Middleware
from kedge.capture.talk import Talk, defect
from kedge.domain import wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence

    Headers = Iterable[tuple[bytes, bytes]]
    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

# What a header tells of an exchange.
IDS = frozenset(name.encode() for name in wire.INFERENCE_ID_HEADERS)
ATTRIBUTES = frozenset(name.encode() for name in wire.CUSTOM_ATTRIBUTES_HEADERS)
ASKED = dict.fromkeys(IDS, "inference_id") | dict.fromkeys(ATTRIBUTES, "custom_attributes")
ASKED |= {b"content-type": "request_type", b"content-encoding": "request_coding"}
ANSWERED = {b"content-type": "response_type", b"content-encoding": "response_coding"}
ANSWERED |= {wire.INVOKED_VARIANT_HEADER.encode(): "variant"}
LENGTH, PARTS = b"content-length", b"transfer-encoding"
FROM_A_FILE = ("http.response.pathsend", "http.response.zerocopysend")


class CaptureMiddleware(Middleware["App"]):
    """Captures the requests that an application answers.

    An answer is captured when the application has completed it, whether the client stayed or not. The request is what
    the application has read of it by then.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, self._until_shutdown(send))
        if scope["type"] != "http" or (talk := self._talk(scope)) is None:
            return await self.app(scope, receive, send)
        receives, sends = _heard(talk, scope.get("headers", ()), receive, send)
        try:
            await self.app(scope, receives, sends)
        finally:
            if not talk.over:
                talk.leaves()

    def _talk(self, scope: Scope) -> HttpTalk | None:
        """Return what is kept of a request and its answer, or None where they are not captured."""
        try:
            if not self._looked_at(scope["method"], scope["path"]):
                return None
            capture = self.capture
            id = _inference_id(scope["headers"]) if capture.settings.by_id else None
            return HttpTalk(capture) if capture.wants(id) else None
        except Exception:
            defect(self.capture)
            return None

    def _until_shutdown(self, send: Send) -> Send:
        async def closing(message: Message) -> None:
            if message["type"].startswith("lifespan.shutdown."):
                with suppress(Exception):
                    self.capture.close()
            await send(message)

        return closing


class HttpTalk(Talk):
    """A request and its answer whose headers are kept as they are, and read in the thread."""

    headers: Sequence[tuple[bytes, bytes]] = ()
    answer_headers: Sequence[tuple[bytes, bytes]] = ()

    def whole(self) -> None:
        """Read the headers, too."""
        super().whole()
        for name, value in reversed(self.headers):  # of those that come twice the first counts
            setattr(self, ASKED[name], value.decode("latin-1"))
        for name, value in reversed(self.answer_headers):
            setattr(self, ANSWERED[name], value.decode("latin-1"))


def _heard(talk: HttpTalk, headers: Headers, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Return what hands messages on, and remembers what they say: functions are cheaper than methods to a request."""
    answer_headers: Headers = ()
    unread = True

    async def receives() -> Message:
        nonlocal unread
        message = await receive()
        if not talk.over:
            try:
                if message["type"] == "http.request":
                    unread = message.get("more_body", False)
                    if body := message.get("body"):
                        talk.asked(body)
            except Exception:
                talk.fails()
        return message

    def sends(message: Message) -> Awaitable[None]:
        nonlocal answer_headers
        if not talk.over:
            try:
                kind = message["type"]
                if kind == "http.response.body":
                    if body := message.get("body"):
                        talk.answers(body)
                    if not message.get("more_body", False) and not talk.over:
                        talk.headers = [header for header in headers if header[0] in ASKED]
                        talk.answer_headers = [header for header in answer_headers if header[0] in ANSWERED]
                        talk.completes(unread=unread and _has_body(headers))
                elif kind == "http.response.start":
                    answer_headers = message.get("headers", ())
                    talk.begins(message["status"])
                elif kind in FROM_A_FILE:
                    talk.ends("unseen")
            except Exception:
                talk.fails()
        return send(message)  # the server's own: there is no step in between

    return receives, sends


def _inference_id(headers: Headers) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name in IDS), None)


def _has_body(headers: Headers) -> bool:
    by_name = dict(headers)
    return by_name.get(LENGTH, b"0") != b"0" or PARTS in by_name
