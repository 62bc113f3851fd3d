"""The doors beside an application answer themselves, and nothing else."""

from __future__ import annotations

import pytest

from kedge.endpoint.asgi import answer
from kedge.endpoint.side import Side
from kedge.endpoint.upstream import Upstream


async def app(scope, receive, send):
    await answer(send, 200, "the application's")


@pytest.fixture
def ask():
    """Ask an application without a server."""

    def ask(side, path, method="GET"):
        sent = []

        async def send(message):
            sent.append(message)

        steps = side({"type": "http", "path": path, "method": method}, None, send).__await__()
        with pytest.raises(StopIteration):
            next(steps)
        return sent[0]["status"], sent[1]["body"].decode()

    return ask


def says(text):
    async def health():
        return text

    return health


@pytest.mark.parametrize(
    ("wrong", "answered"), [("", (200, '{"status": "ok"}\n')), ("away", (503, '{"status": "away"}\n'))]
)
def test_health_is_200_or_503_with_the_reason(ask, wrong, answered):
    assert ask(Side(app, says(wrong), str), "/-/health") == answered


def test_metrics_are_what_was_counted(ask):
    assert ask(Side(app, says(""), lambda: "kedge_x 1\n"), "/-/metrics") == (200, "kedge_x 1\n")


@pytest.mark.parametrize(("path", "method"), [("/-/health", "POST"), ("/-/healthy", "GET"), ("/", "GET")])
def test_all_else_is_the_applications(ask, path, method):
    assert ask(Side(app, says(""), str), path, method) == (200, "the application's\n")


def test_a_door_may_stand_elsewhere_or_nowhere(ask):
    side = Side(app, says(""), lambda: "counted", health_path="/ping", metrics_path="")
    assert ask(side, "/ping")[1] == '{"status": "ok"}\n'
    assert ask(side, "")[1] == ask(side, "/-/metrics")[1] == "the application's\n"


def test_an_upstream_is_well_when_it_takes_a_connection(raw, run, talk):
    upstream = Upstream(f"http://127.0.0.1:{raw(lambda connection: connection.recv(1))}")
    client = talk(run(_lived(Side(app, upstream.reachable, str))))
    client.send(b"GET /-/health HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.answer()[::2] == (200, b'{"status": "ok"}\n')


def test_an_upstream_that_is_not_there_is_not_well(run, talk):
    client = talk(run(_lived(Side(app, Upstream("http://127.0.0.1:1").reachable, str))))
    client.send(b"GET /-/health HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.answer()[::2] == (503, b'{"status": "Connection refused"}\n')


def _lived(side):
    """Answer the server's question whether the application is up."""

    async def app(scope, receive, send):
        if scope["type"] != "lifespan":
            await side(scope, receive, send)
            return
        for step in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{step}.complete"})

    return app
