"""Connections: how many there are, and how long and how large one may begin to ask, which uvicorn does not bound."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

if TYPE_CHECKING:
    from asyncio import TimerHandle

HEAD_SECONDS: Final = 20.0  # from a connection, or the first byte of a request, to the end of its headers
MOST_HEAD: Final = 64 << 10  # bytes of them
MOST_REST: Final = 64 << 20  # of what comes after its answer
MOST_CONNECTIONS: Final = 800  # a process may have 1,024 files, of which some are the database's


class Patient(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # which of two it is, is told when it is imported
    """Ends connections on which nobody asks anything within a time: some would keep them all."""

    _ending: TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: Any) -> None:
        """Take a connection, if it is not one too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.close()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Take bytes, of headers no more and no later than they may come."""
        before, began = self.cycle, self._begins()
        super().data_received(data)
        if self.cycle is not before:
            self._done()
        elif began:
            self._head += len(data)
            self._wait()
            if self._head > (MOST_HEAD if before is None or not before.more_body else MOST_REST):
                self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._done()
        super().connection_lost(exc)

    def _begins(self) -> bool:
        """Return whether what comes now are the headers of a request."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def _wait(self) -> None:
        if self._ending is None:
            self._ending = asyncio.get_running_loop().call_later(HEAD_SECONDS, self.transport.close)

    def _done(self) -> None:
        self._head = 0
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
