"""A proxy before a store, that breaks a share of the requests in one way or another."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

FAULTS = ("refused", "cut half way", "cut before the answer", "500", "503", "delayed")
ANSWER = "HTTP/1.1 {} Broken\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy(socketserver.ThreadingTCPServer):
    """Forwards requests to ``upstream``, one a connection; ``share`` of them meet a fault. Away, it answers none."""

    daemon_threads = allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, upstream: tuple[str, int], share: float, chance: random.Random) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.share, self.chance = upstream, share, chance
        self.away = False
        self.faults: Counter[str] = Counter()
        self._lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fault(self) -> str:
        """Return what happens to a request."""
        if self.away:
            return "refused"
        with self._lock:
            if self.chance.random() >= self.share:
                return ""
            fault = self.chance.choice(FAULTS)
            self.faults[fault] += 1
        return fault

    def handle_error(self, *_: object) -> None:
        """Say nothing: connections of the killed break."""


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        fault = self.server.fault()
        if fault == "refused":
            return
        head, body = _request(self.request)
        if not head:
            return
        if fault in ("500", "503"):
            self.request.sendall(ANSWER.format(fault).encode())
            return
        if fault == "delayed":
            time.sleep(self.server.chance.uniform(0.05, 0.5))
        with socket.create_connection(self.server.upstream) as up:
            up.sendall(_closing(head) + (body[: len(body) // 2] if fault == "cut half way" else body))
            if fault == "cut half way":
                return
            answer = b"".join(iter(lambda: up.recv(1 << 16), b""))
        if fault != "cut before the answer":
            self.request.sendall(_closing(answer))


def _request(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of a request and its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1 << 16)
        if not piece:
            return b"", b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    length = int(fields.get(b"content-length", 0))
    while len(body) < length:
        piece = connection.recv(1 << 16)
        if not piece:
            return b"", b""
        body += piece
    return head + b"\r\n\r\n", body


def _closing(message: bytes) -> bytes:
    """Return a message that ends its connection."""
    head, _, body = message.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body
