"""Who gets messages, each on loopback and real but for what it does with them: a webhook, an Alertmanager, e-mail.

with webhook() as received:
    ...  # messages go to received.url
    assert [found.json["id"] for found in received.found] == ["n1"]
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from threading import Event, Thread
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.0/8"  # what allowed_addresses has to allow for them


@dataclass
class Request:
    """One request: where it went, what it said, and with which headers, their names in small letters."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Received:
    """Where messages go, and those that came; ``answers`` are the statuses that are given, the last one for ever.

    ``hold`` lets requests wait until it is set, ``location`` is where redirects lead, and ``came`` is set by each.
    """

    url: str = ""
    found: list = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [200])
    location: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    said: str = ""
    hold: Event = field(default_factory=Event)
    came: Event = field(default_factory=Event)

    def __post_init__(self):
        self.hold.set()

    def take(self, request):
        """Keep what came, and return the status to answer with."""
        self.found.append(request)
        self.came.set()
        self.hold.wait(60)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def webhook(path="/hook", **given):
    """Receive whatever is posted."""
    with _http(Received(**given), lambda _: None) as received:
        received.url += path
        yield received


@contextmanager
def alertmanager(**given):
    """Receive alerts as an Alertmanager does; what does not have its form is answered 400, and is not kept."""
    with _http(Received(**given), wrong_alerts) as received:
        yield received


@contextmanager
def smtp():
    """Receive e-mail: messages, as the standard library reads them. The URL is one for a channel."""
    from aiosmtpd.controller import Controller

    received = Received()

    class Keep:
        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the library's name
            received.take(message_from_bytes(envelope.content, policy=policy.default))
            return "250 taken"

    class Free(Controller):
        def _trigger_server(self):  # it connects to the port that it was told, which is any
            self.port = self.server.sockets[0].getsockname()[1]
            super()._trigger_server()

    controller = Free(Keep(), hostname="127.0.0.1", port=0)
    controller.start()
    received.url = f"mailto://127.0.0.1:{controller.port}?from=kedge@example.org&to=ann@example.org"
    try:
        yield received
    finally:
        controller.stop()


def wrong_alerts(request):
    """Return what is wrong with a request for an Alertmanager (postAlerts of its API v2), or None."""
    if request.path != "/api/v2/alerts" or request.headers.get("content-type") != "application/json":
        return "no alerts"
    alerts = json.loads(request.body)
    if not isinstance(alerts, list) or not alerts:
        return "no list"
    return next((why for alert in alerts if (why := _wrong_alert(alert))), None)


def _wrong_alert(alert):
    if alert.keys() - {"labels", "annotations", "startsAt", "endsAt", "generatorURL"} or not alert.get("labels"):
        return "other fields than an alert has"
    for names in (alert["labels"], alert.get("annotations", {})):
        if not all(isinstance(value, str) and name.isidentifier() for name, value in names.items()):
            return "a label that is no text, or is not called as one"
    if "" in alert["labels"].values() or "alertname" not in alert["labels"]:
        return "a label without a value, or no alertname"
    times = [datetime.fromisoformat(alert[name]) for name in ("startsAt", "endsAt") if name in alert]
    if any(time.tzinfo is None for time in times) or times != sorted(times):
        return "times without a zone, or an end before the start"
    return None if urlsplit(alert.get("generatorURL", "http://a")).scheme else "generatorURL is no URI"


@contextmanager
def _http(received, wrong):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it was killed in the middle
                return
            request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            why = wrong(request)
            status = 400 if why else received.take(request)
            said = (why or received.said).encode()
            self.send_response(status)
            for name, value in received.headers.items():
                self.send_header(name, value)
            if received.location and status in (301, 302, 303, 307, 308):
                self.send_header("Location", received.location)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_): ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    assert ip_address(server.server_address[0]).is_loopback
    received.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield received
    finally:
        received.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
