"""What somebody tries who should not: each was possible once."""

from __future__ import annotations

import json
import socket
import time
from base64 import urlsafe_b64encode
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Barrier, Thread
from urllib.parse import urlsplit

import pytest

from kedge.domain.event import Event
from kedge.interfaces.api import patient
from kedge.interfaces.api.routes import happening

from ..asking import Asker, asked

LINES = {"Content-Type": "application/x-ndjson"}
CAPTURE = '{"captureData": {}, "eventMetadata": {"eventId": "a", "inferenceTime": "%s"}, "eventVersion": "0"}'


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """One who asks a server of this machine."""
    monkeypatch.chdir(tmp_path)
    with asked(f"sqlite:///{tmp_path}/kedge.db") as ask:
        yield ask


@pytest.fixture
def stranger(ask, tmp_path):
    """One whom nobody knows, and who asks a server that listens to the network."""
    ask.serving.hub.tokens("ann").issue("ci", "admin", "*")
    with asked(f"sqlite:///{tmp_path}/kedge.db", "0.0.0.0:0") as everywhere:
        yield everywhere


def _connected(ask) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(ask.serving.url).port), timeout=10)


@pytest.mark.parametrize("path", ["/endpoints/a", "/tokens", "/nothing", "/endpoints/"])
def test_of_strangers_nothing_is_read(stranger, path):
    assert stranger.status("PUT", path, b"{" * 100, Content_Type="application/json") == 401


def test_no_redirect_leads_to_the_host_that_a_request_names(ask):
    assert ask.status("GET", "/endpoints/", Host="localhost") == 404


def test_a_stream_of_one_caller_too_many_is_refused(ask, monkeypatch):
    monkeypatch.setattr(happening, "MOST", 2)
    with ExitStack() as stack:
        streams = [stack.enter_context(ask.opened("GET", "/events")) for _ in range(3)]
        assert sorted(stream.status for stream in streams) == [200, 200, 429]


def test_who_may_no_longer_is_told_nothing_more_however_much_happens(ask, monkeypatch):
    monkeypatch.setattr(happening, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(happening.Events, "poll", lambda _: [Event("1", "execution", {})])
    tokens = ask.serving.hub.tokens("ann")
    token, secret = tokens.issue("ci", "viewer")
    with ask.as_(secret).opened("GET", "/events") as stream:
        tokens.revoke(token.id)
        assert stream.read().startswith(b": events")  # and comes to its end


def test_of_two_who_make_the_same_one_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with asked(f"sqlite:///{tmp_path}/kedge.db", servers=2) as ask:
        for n in range(10):
            assert sorted(_both(ask, f"/endpoints/e{n}")) == [201, 412]


def _both(ask, path: str) -> list[int]:
    """Put the same at once by two servers, and return how they answer."""
    barrier, statuses = Barrier(2), []

    def put(one: Asker) -> None:
        barrier.wait()
        statuses.append(one.status("PUT", path, {"captures": one.serving.url}, If_None_Match="*"))

    threads = [Thread(target=put, args=(Asker(serving),)) for serving in ask.servings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


@pytest.mark.parametrize("path", ["/endpoints", "/health", "/me"])
def test_a_database_that_is_away_is_no_defect(ask, path, tmp_path, monkeypatch):
    _, secret = ask.serving.hub.tokens("ann").issue("ci", "viewer")
    ask.serving.hub.records.close()
    Path(tmp_path, "kedge.db").rename(tmp_path / "away")
    Path(tmp_path, "kedge.db").mkdir()
    answer = ask.as_(secret)("GET", path)
    assert (answer.status, answer.json["type"]) == (503, "urn:kedge:problem:unavailable")
    assert answer.headers["retry-after"] == "5"
    assert str(tmp_path) not in answer.body.decode()


@pytest.mark.parametrize(
    "text",
    [
        "endpoints: !!timestamp x",
        "endpoints: 2001-99-99",
        "endpoints: !!int ''",
        "endpoints: " + "1" * 5000,
        "? [a]\n: b",
        "schedules: {a: {when: hourly, endpoint: e, predictor: " + "a" * 5000 + "}}",
        "schedules: {a: {when: hourly, endpoint: e, monitor: custom, command: [" + "a" * 5000 + "]}}",
    ],
)
def test_no_file_is_a_defect(ask, text):
    assert ask.status("POST", "/apply", text.encode(), Content_Type="application/yaml") in (404, 422)


@pytest.mark.parametrize(
    "line",
    [
        CAPTURE % "0001-01-01T00:00:00+14:00",
        (CAPTURE % "2026-11-21T10:00:00Z").encode("utf-16"),
        (CAPTURE % "2026-11-21T10:00:00Z").encode("utf-16-le"),
        (CAPTURE % "2026-11-21T10:00:00Z").replace('"a"', r'"\ud800"'),
        (CAPTURE % "2026-11-21T10:00:00Z").replace('"0"', "NaN"),
    ],
)
def test_what_no_reader_of_captures_takes_is_not_kept(ask, line):
    ask("PUT", "/endpoints/e", {"captures": "captures"})
    content = line.encode() if isinstance(line, str) else line
    assert ask.status("POST", "/captures?endpoint=e", content, **LINES) == 422
    assert not Path("captures").exists()


def test_half_a_character_in_a_label_is_not_kept(ask):
    ask("PUT", "/endpoints/e", {"captures": "captures", "ground_truth": "labels"})
    assert ask.status("POST", "/ground-truth?endpoint=e", rb'{"id": "\ud800", "label": 1}', **LINES) == 422


def test_captures_below_a_file_are_refused(ask):
    Path("file").write_text("")
    ask("PUT", "/endpoints/e", {"captures": "file/captures"})
    content = (CAPTURE % "2026-11-21T10:00:00Z").encode()
    assert ask.status("POST", "/captures?endpoint=e", content, **LINES) == 422


@pytest.mark.parametrize("after", ["253402300799999999", "-62135596800000000", "0"])
def test_events_go_on_after_any_number(ask, after):
    with ask.opened("GET", f"/events?after={after}") as stream:
        assert stream.read1(100) == b": events\n\n"
        ask.serving.stop()
        assert stream.read() == b""


@pytest.mark.parametrize("value", [10**30, {}, ["a"]])
def test_a_cursor_that_somebody_made_is_refused(ask, value):
    made = urlsafe_b64encode(json.dumps(["name", False, "fraud", value]).encode()).decode().rstrip("=")
    assert ask.status("GET", f"/endpoints?cursor={made}") == 422


def test_who_begins_to_ask_and_goes_on_too_slowly_is_cut_off(ask, monkeypatch):
    monkeypatch.setattr(patient, "HEAD_SECONDS", 0.5)
    with _connected(ask) as slow, _connected(ask) as silent:
        began = time.monotonic()
        slow.sendall(b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX-")
        assert slow.recv(100) == silent.recv(100) == b""
        assert time.monotonic() - began < 5


def test_headers_without_an_end_are_cut_off(ask):
    with _connected(ask) as endless:
        endless.sendall(b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n")
        with suppress(OSError):  # it is closed meanwhile
            endless.sendall((b"X-A: " + b"a" * 8000 + b"\r\n") * 1000)
        with suppress(ConnectionError):
            assert endless.recv(100)[:12] in (b"", b"HTTP/1.1 400")


def test_a_connection_too_many_is_closed(ask, monkeypatch):
    monkeypatch.setattr(patient, "MOST_CONNECTIONS", 1)
    with _connected(ask):
        time.sleep(0.1)
        with _connected(ask) as second:
            assert second.recv(100) == b""
