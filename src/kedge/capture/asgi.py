"""Capture beside any ASGI application: FastAPI, Starlette, Django, or one of your own.

Messages are handed on as they are and when they come; a body is only remembered on its way.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kedge.capture.recorder import recorder
from kedge.capture.talk import Talk, defect, looked_at
from kedge.domain import wire

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping

    from kedge.capture.config import CaptureConfig
    from kedge.capture.recorder import Capture

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

IDS = tuple(name.encode() for name in wire.INFERENCE_ID_HEADERS)
ATTRIBUTES = tuple(name.encode() for name in wire.CUSTOM_ATTRIBUTES_HEADERS)
VARIANT = wire.INVOKED_VARIANT_HEADER.encode()
FROM_A_FILE = ("http.response.pathsend", "http.response.zerocopysend")


class CaptureMiddleware:
    """Captures the requests that an application answers.

    An answer is captured when the application has completed it, whether the client stayed or not. The request is what
    the application has read of it by then.

    Parameters
    ----------
    app
        What answers.
    config
        What is captured and where it is kept, or a recorder that others use, too.
    """

    def __init__(self, app: App, config: Capture | CaptureConfig) -> None:
        self.app = app
        self.capture = recorder(config)
        self._looked_at = looked_at(self.capture.config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the application does."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, self._until_shutdown(send))
        if scope["type"] != "http" or (passing := self._passing(scope, receive, send)) is None:
            return await self.app(scope, receive, send)
        try:
            await self.app(scope, passing.receive, passing.send)
        finally:
            passing.leaves()

    def _passing(self, scope: Scope, receive: Receive, send: Send) -> Passing | None:
        """Return what looks at a request, or None where it is not captured."""
        try:
            if not self._looked_at(scope["method"], scope["path"]):
                return None
            headers = _firsts(scope["headers"])
            id = _first(headers, IDS)
            return Passing(self.capture, headers, id, receive, send) if self.capture.wants(id) else None
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


class Passing(Talk):
    """One request on its way to the application, and its answer on the way back."""

    _answer_headers: Iterable[tuple[bytes, bytes]] = ()
    _unread = True

    def __init__(
        self, capture: Capture, headers: Mapping[bytes, bytes], id: str | None, receive: Receive, send: Send
    ) -> None:
        super().__init__(capture, id)
        self._headers, self._receive, self._send = headers, receive, send

    async def receive(self) -> Message:
        """Hand on what the client sends."""
        message = await self._receive()
        if not self.over:
            try:
                if message["type"] == "http.request":
                    if body := message.get("body"):
                        self.asked(body)
                    self._unread = message.get("more_body", False)
            except Exception:
                self.fails()
        return message

    def send(self, message: Message) -> Awaitable[None]:
        """Hand on what the application answers: what this returns is the server's own, there is no step in between."""
        if not self.over:
            try:
                kind = message["type"]
                if kind == "http.response.body":
                    self._answers(message)
                elif kind == "http.response.start":
                    self._answer_headers = message.get("headers", ())
                    self.begins(message["status"])
                elif kind in FROM_A_FILE:
                    self.ends("unseen")
            except Exception:
                self.fails()
        return self._send(message)

    def _answers(self, message: Message) -> None:
        if body := message.get("body"):
            self.answers(body)
        if not message.get("more_body", False) and not self.over:
            headers, answered = self._headers, _firsts(self._answer_headers)
            self.type, self.coding = _content(headers)
            self.attributes = _first(headers, ATTRIBUTES)
            self.response_type, self.response_coding = _content(answered)
            self.variant = _first(answered, (VARIANT,))
            self.completes(unread=self._unread and _has_body(headers))


def _firsts(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return headers by name; of those that come twice the first, as frameworks do."""
    return dict(reversed([*headers]))


def _first(headers: Mapping[bytes, bytes], names: tuple[bytes, ...]) -> str | None:
    for name in names:
        if name in headers:
            return headers[name].decode("latin-1")
    return None


def _content(headers: Mapping[bytes, bytes]) -> tuple[str, str]:
    """Return content type and content coding."""
    type, coding = headers.get(b"content-type", b""), headers.get(b"content-encoding", b"")
    return type.decode("latin-1"), coding.decode("latin-1")


def _has_body(headers: Mapping[bytes, bytes]) -> bool:
    return headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers
