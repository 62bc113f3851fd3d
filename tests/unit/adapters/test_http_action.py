"""Actions that are a URL: what a server gets, and what is told of its answer."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from kedge.adapters.notifiers import http
from kedge.domain.action import Action
from kedge.domain.addresses import Addresses
from kedge.domain.notification import Notification, Outcome
from kedge.errors import SettingError

LOOPBACK = Addresses.of("127.0.0.0/8")
MESSAGE = Notification(
    name="n1",
    workspace="default",
    subscription="ops",
    to="act",
    cause="published",
    text="look",
    attempts=1,
    created=datetime(2026, 11, 21, tzinfo=UTC),
)


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, self.headers["Idempotency-Key"], json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_): ...


@pytest.fixture
def server():
    with HTTPServer(("127.0.0.1", 0), Answer) as made:
        made.got, made.status = [], 200
        thread = Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def _notified(url, addresses=LOOPBACK, resolve=str, **action) -> Outcome:
    return http.notifier(Action(name="act", http=url, **action), resolve, addresses).notify(MESSAGE)


def test_a_url_gets_the_event_and_by_its_key_knows_one_that_comes_again(server):
    url = f"http://127.0.0.1:{server.server_port}/retrain?queue=a"
    assert [_notified(url), _notified(url)] == [Outcome("sent")] * 2
    (path, key, event), again = server.got
    assert (path, key, event["Records"][0]["Sns"]["Message"]) == ("/retrain?queue=a", "n1", "look")
    assert again[1:] == (key, event)


@pytest.mark.parametrize(("status", "how"), [(400, "refused"), (503, "retry")])
def test_what_a_server_answers_says_whether_it_is_called_again(server, status, how):
    server.status = status
    outcome = _notified(f"http://127.0.0.1:{server.server_port}/")
    assert (outcome.how, f"status {status}" in outcome.reason) == (how, True)


def test_a_private_address_is_not_called_unless_it_is_allowed(server):
    outcome = _notified(f"http://127.0.0.1:{server.server_port}/", Addresses())
    assert (outcome.how, "may not be called: it is loopback" in outcome.reason, server.got) == ("refused", True, [])


def test_a_url_that_holds_a_secret_may_stand_elsewhere(server):
    def resolve(reference):
        return {"env:RETRAIN": f"http://127.0.0.1:{server.server_port}/?code=0123456789"}[reference]

    assert _notified("env:RETRAIN", resolve=resolve) == Outcome("sent")
    server.status = 400
    assert "0123456789" not in _notified("env:RETRAIN", resolve=resolve).reason


def test_a_url_that_stands_nowhere_may_do_so_later():
    def resolve(reference):
        raise SettingError("There is no secret here.", file=reference)

    assert _notified("env:GONE", resolve=resolve) == Outcome("retry", "env:GONE: There is no secret here.")


def test_a_server_that_never_answers_takes_no_longer_than_the_action_allows():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = _notified(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout_seconds=0.2)
    assert outcome == Outcome("retry", "There was no answer within 0.2 s.")
