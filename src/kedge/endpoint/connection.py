"""One connection to an upstream: a request at a time, and its answer piece by piece, in bounded memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httptools

from kedge.endpoint.trouble import Trouble, hung_up, not_http

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HIGH_WATER = 1 << 18  # bytes of an answer that wait for the client; then the upstream is read no further
LONGEST_HEAD = 1 << 18  # bytes
SWITCHED = 101


class Connection(asyncio.Protocol):
    """Speaks HTTP/1.1 to an upstream; ``httptools``, the parser of the server here, reads the answers.

    Parameters
    ----------
    seconds
        How long the upstream may be silent while its answer is waited for, or take nothing of the request.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._upload: asyncio.Task[None] | None = None
        self._paused = self._no_body = False
        self._uses, self.idle_since = 0, 0.0
        self._begin()

    def _begin(self) -> None:
        """Forget the answer before."""
        self.headers: list[tuple[bytes, bytes]] = []
        self.status = self._size = self._head = 0
        self.complete = self._heard = self._extra = self._until_end = self._keeps = False
        self._parts: list[bytes] = []
        self._trouble: Exception | None = None

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of the transport."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Read a part of the answer."""
        if self._parser is None:  # nothing was asked
            self._transport.abort()
            return
        self._heard = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.fail(not_http())
        if self._size > HIGH_WATER and not self._paused and self.usable:
            self._transport.pause_reading()
            self._paused = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """End the answer: well where its end is that of the connection."""
        if self._parser is not None and self.status and self._until_end and error is None:
            self.complete = True
        self.fail(hung_up())
        self.resume_writing()

    def pause_writing(self) -> None:
        """Wait with the request."""
        self._drained = self._loop.create_future()

    def resume_writing(self) -> None:
        """Go on with the request."""
        drained, self._drained = self._drained, None
        if drained and not drained.done():
            drained.set_result(None)

    # What the parser tells

    def on_message_begin(self) -> None:
        """Take note of what comes after the answer: it is nobody's."""
        self._extra = self._extra or self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; trailers are not passed on."""
        if not self.status:
            self.headers.append((name, value))
            self._head += len(name) + len(value)
        if self._head > LONGEST_HEAD:
            raise ValueError("The head of the answer is too long.")

    def on_headers_complete(self) -> None:
        """Take the head of the answer; what only informs (1xx) is left out."""
        if self.complete or self._parser is None:
            return
        status = self._parser.get_status_code()
        if status == SWITCHED:
            raise ValueError("The upstream switched to a protocol that nobody asked for.")
        if status < 200:
            self.headers = []
            return
        told = {name.lower(): value.lower() for name, value in self.headers}
        self._until_end = b"content-length" not in told and b"chunked" not in told.get(b"transfer-encoding", b"")
        self._keeps = self._parser.should_keep_alive()
        self.status, self.complete = status, self._no_body

    def on_body(self, part: bytes) -> None:
        """Take a part of the body."""
        if self.complete:
            self._extra = True
            return
        self._parts.append(part)
        self._size += len(part)

    def on_message_complete(self) -> None:
        """Take note that the answer is complete."""
        if self.status:
            self.complete = True

    # What the proxy asks for

    @property
    def usable(self) -> bool:
        """Whether a request may be sent."""
        return not self._transport.is_closing()

    @property
    def stale(self) -> bool:
        """Whether it was kept from another request, and nothing came of this one."""
        return self._uses > 1 and not self._heard

    def send(self, head: bytes, body: bytes = b"", *, no_body: bool = False) -> None:
        """Send a request, or its beginning; ``no_body`` says that the answer will be a head only."""
        self._parser, self._no_body = httptools.HttpResponseParser(self), no_body
        self._begin()
        self._uses += 1
        self._transport.write(head + body)

    def upload(self, pieces: AsyncIterator[bytes], chunked: bool) -> None:
        """Send the body of a request as its pieces come, while the answer may already begin."""
        self._upload = self._loop.create_task(self._send_all(pieces, chunked))

    async def head(self) -> None:
        """Wait for the head of the answer: ``status`` and ``headers``.

        Raises
        ------
        Trouble
            The upstream did not answer.
        """
        while not self.status:
            await self._wait()

    async def piece(self) -> tuple[bytes, bool]:
        """Wait for a piece of the answer; return it, and whether more comes.

        Raises
        ------
        Trouble
            The answer broke off.
        """
        while not self._parts and not self.complete:
            await self._wait()
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts, self._size = [], 0
        if self._paused and self.usable:
            self._transport.resume_reading()
            self._paused = False
        return body, not self.complete

    def end(self, now: float) -> bool:
        """Be done with a request; return whether another may follow. What is not over is broken off."""
        uploaded = self._upload is None or self._upload.done()
        if not uploaded and self._upload:
            self._upload.cancel()
        fine = self.complete and uploaded and not self._extra and self.usable
        keeps = fine and self._keeps
        self._parser, self._upload, self.idle_since = None, None, now
        if not keeps:
            self._transport.abort()
        return keeps

    def fail(self, trouble: Exception) -> None:
        """Break off, for whoever waits."""
        if self._parser is not None and not self.complete:
            self._trouble = self._trouble or trouble
            self._transport.abort()
        self._wake()

    def close(self) -> None:
        """Close the connection at once: nothing is under way, and nobody says goodbye in TLS."""
        self._transport.abort()

    async def _send_all(self, pieces: AsyncIterator[bytes], chunked: bool) -> None:
        try:
            async for piece in pieces:
                self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                if self._drained:
                    await self._drained
                if not self.usable:
                    return
            if chunked:
                self._transport.write(b"0\r\n\r\n")
        except Exception as error:  # whoever sends the request has left
            self.fail(error)

    async def _wait(self) -> None:
        """Wait until something happens, but not for ever."""
        if self._trouble:
            raise self._trouble
        self._waiter = self._loop.create_future()
        timer = self._loop.call_later(self._seconds, self._silent)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _silent(self) -> None:
        """Give up, unless it is the client who takes its time."""
        if self._upload is None or self._upload.done() or self._drained:
            self.fail(Trouble(504, "answer_timeout", f"was silent for {self._seconds:g} seconds"))
        else:
            self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)
