"""A journal's counters over HTTP, for Prometheus and for whoever asks whether the shipper is well."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

from kedge.errors import KedgeError, SettingError
from kedge.service.capture.metrics import prometheus
from kedge.service.capture.state import state

if TYPE_CHECKING:
    from pathlib import Path

TEXT, PROMETHEUS = "text/plain; charset=utf-8", "text/plain; version=0.0.4; charset=utf-8"


def serve(journal: Path, address: str) -> ThreadingHTTPServer:
    """Answer ``/metrics`` and ``/health`` in a thread.

    Raises
    ------
    SettingError
        The address is none, or taken.
    """
    host, _, port = address.rpartition(":")
    try:
        server = ThreadingHTTPServer((host.strip("[]"), int(port)), _handler(journal))
    except (OSError, ValueError, OverflowError) as error:
        raise SettingError(
            f"Nothing can be served at {address} ({getattr(error, 'strerror', None) or error}).",
            field="metrics",
            next_step="Name a free address and port, such as 127.0.0.1:9464.",
        ) from None
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def _handler(journal: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, type, text = _answer(journal, self.path.partition("?")[0])
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    return Handler


def _answer(journal: Path, path: str) -> tuple[int, str, str]:
    try:
        if path == "/metrics":
            return 200, PROMETHEUS, prometheus([state(journal, count_records=False)])
        if path == "/health":
            problems = state(journal, count_records=False).problems
            return 503 if problems else 200, TEXT, "".join(f"{line}\n" for line in problems or ["well"])
    except KedgeError as error:
        return 500, TEXT, f"{error}\n"
    return 404, TEXT, "There are /metrics and /health.\n"
