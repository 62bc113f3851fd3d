"""A collector that speaks OTLP/HTTP, on loopback: it keeps what it takes, or answers as it is told."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)


class Collector:
    """What it was sent; ``hook`` is called with each request before it is answered."""

    def __init__(self):
        self.url, self.path, self.headers = "", "", {}
        self.messages: list[ExportMetricsServiceRequest] = []
        self.status, self.answer = 200, ExportMetricsServiceResponse()
        self.let_go = Event()
        self.let_go.set()
        self.hook: Callable[[], None] = lambda: None

    def points(self):
        """Return family, labels, time in nanoseconds, value and whether it is a sum of every point, in order."""
        scopes = [scope for m in self.messages for r in m.resource_metrics for scope in r.scope_metrics]
        for metric in (metric for scope in scopes for metric in scope.metrics):
            kind = metric.WhichOneof("data")
            for point in getattr(metric, kind).data_points:
                labels = {one.key: one.value.string_value for one in point.attributes}
                yield metric.name, labels, point.time_unix_nano, point.as_double, kind

    def values(self, family: str) -> list[float]:
        """Return the values of a family."""
        return [value for name, _, _, value, _ in self.points() if name == family]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            collector.path, collector.headers = self.path, dict(self.headers)
            if collector.status == 200:
                collector.messages.append(ExportMetricsServiceRequest.FromString(body))
            collector.hook()
            collector.let_go.wait(60)
            answer = collector.answer.SerializeToString()
            self.send_response(collector.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield collector
    collector.let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()
