"""The server in a process of its own: how it begins, and how it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys

import pytest

from kedge.endpoint import server
from kedge.errors import MissingDependency, SettingError

SLOW = """
import asyncio
from kedge.endpoint.asgi import answer, live
from kedge.endpoint.server import serve

async def nothing():
    pass

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await live(receive, send, nothing, nothing)
    print("asked", flush=True)
    await asyncio.sleep(0.5)
    await answer(send, 200, "done")

class Kept:
    def close(self, timeout):
        print("kept", flush=True)

serve(app, port=0, closes=[Kept()], ready=lambda url: print(url, flush=True))
print("over", flush=True)
"""


@pytest.fixture
def slow():
    """An application that takes its time, in a process; give the process and its port."""
    process = subprocess.Popen([sys.executable, "-c", SLOW], stdout=subprocess.PIPE, text=True)
    yield process, int(process.stdout.readline().rpartition(":")[2])
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_request_that_runs_may_end_and_what_is_held_is_kept(slow, talk, number):
    process, port = slow
    client = talk(port)
    client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert process.stdout.readline() == "asked\n"
    process.send_signal(number)
    assert client.answer()[::2] == (200, b"done\n")
    assert (process.stdout.read(), process.wait(10)) == ("kept\nover\n", 0)


def test_a_port_that_is_taken_is_named_before_anything_listens():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=f"port: Another process listens at 127.0.0.1:{port}"):
            server.serve(None, port=port)


def test_an_address_that_is_not_here_is_named():
    with pytest.raises(SettingError, match=r"host: Cannot listen at no\.such\.invalid:0 "):
        server.listen("no.such.invalid", 0)


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none_is_named(port):
    with pytest.raises(SettingError, match=f"port: Expected a port of 0 to 65535, found {port}"):
        server.listen("127.0.0.1", port)


def test_the_extra_is_named_where_the_server_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingDependency, match=r"pip install 'kedge\[endpoint\]'"):
        server.server(None)


def test_what_is_held_is_kept_whatever_ended_the_server(monkeypatch):
    closed = []

    class Kept:
        def close(self, timeout):
            closed.append(timeout)

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingDependency):
        server.serve(None, port=0, closes=[Kept()])
    assert closed == [server.CLOSE_SECONDS]
