"""Real servers in threads, and a client that sees every byte."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack, contextmanager

import pytest

pytest.importorskip("uvicorn", reason="uvicorn is not installed: kedge[endpoint]")
pytest.importorskip("httptools", reason="httptools is not installed: kedge[endpoint]")

from kedge.endpoint import server


@contextmanager
def _running(app):
    """Serve an application in a thread; give its port."""
    door, running = server.listen("127.0.0.1", 0), server.server(app, grace_seconds=5)
    thread = threading.Thread(target=running.run, args=([door],), daemon=True)
    thread.start()
    while not running.started and thread.is_alive():
        time.sleep(0.002)
    try:
        yield door.getsockname()[1]
    finally:
        running.should_exit = True
        thread.join(10)
        door.close()


@pytest.fixture
def run():
    """Serve applications until the test is over."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(_running(app))


@contextmanager
def _answers(handle, context=None):
    """Listen with a raw socket: ``handle`` gets every connection, in a thread of its own; give the port."""
    door = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        try:
            with context.wrap_socket(connection, server_side=True) if context else connection as talking:
                handle(talking)
        except OSError:
            pass

    def accept():
        while True:
            try:
                connection, _ = door.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield door.getsockname()[1]
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()


@pytest.fixture
def raw():
    """Answer with bytes of one's own until the test is over."""
    with ExitStack() as stack:
        yield lambda handle, context=None: stack.enter_context(_answers(handle, context))


class Talk:
    """A connection on which a test writes and reads bytes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._kept = b""

    def send(self, data):
        self.socket.sendall(data)

    def until(self, mark):
        """Read to a mark and return what came, the mark included."""
        while mark not in self._kept:
            got = self.socket.recv(65536)
            if not got:
                raise EOFError(self._kept)
            self._kept += got
        text, _, self._kept = self._kept.partition(mark)
        return text + mark

    def answer(self):
        """Read one answer: its status, headers in order, and body."""
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines[1:] if line]
        told = {name.lower(): value for name, value in headers}
        body = self._chunks() if told.get("transfer-encoding") == "chunked" else self._exactly(told)
        return int(lines[0].split()[1]), headers, body

    def rest(self):
        """Read to the end."""
        while got := self.socket.recv(65536):
            self._kept += got
        return self._kept

    def _exactly(self, told):
        size = int(told.get("content-length", 0))
        while len(self._kept) < size:
            got = self.socket.recv(65536)
            if not got:
                raise EOFError(self._kept)
            self._kept += got
        body, self._kept = self._kept[:size], self._kept[size:]
        return body

    def _chunks(self):
        body = b""
        while size := int(self.until(b"\r\n"), 16):
            told = self._exactly({"content-length": size + 2})
            body += told[:-2]
        self.until(b"\r\n")
        return body

    def close(self):
        self.socket.close()


@pytest.fixture
def talk():
    """Connect until the test is over."""
    talks = []

    def connect(port):
        talks.append(Talk(port))
        return talks[-1]

    yield connect
    for each in talks:
        each.close()
