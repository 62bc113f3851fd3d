"""One way to serve every application here: uvicorn, with nothing added to an answer and an end that loses nothing."""

from __future__ import annotations

import errno
import logging
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol

from kedge.errors import MissingDependency, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from uvicorn import Server

    from kedge.endpoint.asgi import App

GRACE_SECONDS = 30.0
CLOSE_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 75  # nginx's; shorter than that, clients meet connections that have just been closed
BACKLOG = 2048
MOST = 65_535
FREE = "Give a port that is free; 0 finds one."


class Closes(Protocol):
    """What holds something that is to be kept when the server ends, such as a capture."""

    def close(self, timeout: float, /) -> Any:
        """Keep it."""


def serve(
    app: App,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    closes: Sequence[Closes] = (),
    grace_seconds: float = GRACE_SECONDS,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve an application until SIGTERM or SIGINT; requests that run may end, then ``closes`` are closed.

    Parameters
    ----------
    port
        0 takes a free one.
    closes
        Closed when the last request is over, whatever ended the server.
    grace_seconds
        How long requests that run may go on after the signal.
    ready
        Called with the server's address once it listens.

    Raises
    ------
    SettingError
        If the address cannot be listened at; before anything else happens.
    MissingDependency
        If uvicorn is not installed.
    """
    try:
        with closing(listen(host, port)) as door:
            running = server(app, grace_seconds)
            if ready:
                ready(address(door))
            running.run(sockets=[door])
    finally:
        for each in closes:
            each.close(CLOSE_SECONDS)


def server(app: App, grace_seconds: float = GRACE_SECONDS) -> Server:
    """Return the server of an application, not yet running.

    Neither ``server`` nor ``date`` is added to an answer, and no header of a request is believed.
    """
    try:
        import uvicorn
    except ImportError:
        raise MissingDependency("uvicorn", "An endpoint", "endpoint") from None

    class Graceful(uvicorn.Server):
        def handle_exit(self, *_: object) -> None:
            # uvicorn's own raises the signal again in the end, and the process dies before anything is closed.
            self.force_exit, self.should_exit = self.should_exit, True

    logging.getLogger("uvicorn.error").addFilter(_of_interest)
    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(grace_seconds)),
    )
    return Graceful(config)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens."""
    if not 0 <= port <= MOST:
        raise SettingError(f"Expected a port of 0 to {MOST}, found {port}.", field="port")
    try:
        family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(where[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingError(f"Another process listens at {host}:{port}.", field="port", next_step=FREE) from None
        said = f"Cannot listen at {host}:{port} ({error.strerror})."
        raise SettingError(said, field="host", next_step="Give an address of this machine.") from None


def address(door: socket.socket) -> str:
    """Return the URL of a socket that listens."""
    host, port, *_ = door.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _of_interest(record: logging.LogRecord) -> bool:
    """Leave out what is said of every answer that breaks off: the applications count it."""
    return "without completing response" not in str(record.msg)
