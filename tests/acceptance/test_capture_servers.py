"""Capture in real servers: every answer is the same, byte for byte, as without it."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.domain.capture_record import CaptureRecord

CONFIG = """
import json, os
from kedge.capture import CaptureConfig
config = CaptureConfig(endpoint="fraud", journal="journal", disk_share=1, **json.loads(os.environ.get("MORE", "{}")))
"""
FASTAPI = """
from fastapi import FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import StreamingResponse
from kedge.capture import CaptureMiddleware
app = FastAPI()
app.add_middleware(GZipMiddleware, minimum_size=100)
@app.post("/echo")
async def echo(request: Request):
    return Response(await request.body(), media_type=request.headers.get("content-type"))
@app.post("/stream")
async def stream(request: Request):
    body = await request.body()
    return StreamingResponse((body[i : i + 7] for i in range(0, len(body), 7)), media_type="text/plain")
@app.post("/early")
async def early():
    return {"score": 0.5}
@app.post("/fail")
async def fail(request: Request):
    raise LookupError(len(await request.body()))
if os.environ.get("CAPTURE"):
    app.add_middleware(CaptureMiddleware, config=config)
"""
FLASK = """
from flask import Flask, Response, request
from kedge.capture import WSGICaptureMiddleware
app = Flask("served")
@app.post("/echo")
def echo():
    return Response(request.get_data(), content_type=request.headers.get("content-type"))
@app.post("/stream")
def stream():
    body = request.get_data()
    return Response((body[i : i + 7] for i in range(0, len(body), 7)), mimetype="text/plain")
@app.post("/early")
def early():
    return {"score": 0.5}
@app.post("/fail")
def fail():
    raise LookupError(len(request.get_data()))
if os.environ.get("CAPTURE"):
    app.wsgi_app = WSGICaptureMiddleware(app.wsgi_app, config)
"""
SERVERS = {
    "uvicorn": (CONFIG + FASTAPI, ["uvicorn", "--log-level", "critical", "--port", "{port}", "served:app"]),
    "gunicorn": (CONFIG + FLASK, ["gunicorn", "--preload", "-w", "3", "-b", "127.0.0.1:{port}", "served:app"]),
}
BODIES = st.one_of(st.just(b""), st.binary(max_size=300), st.binary(min_size=1000, max_size=1000).map(lambda b: 70 * b))
HEADERS = ["", "Accept-Encoding: gzip\r\n", "Content-Type: text/csv\r\nX-Inference-Id: 7\r\n"]
READ = ("/echo", "/stream", "/fail")
SHORT = 300  # a server that closes on a body which it has not read resets the connection, now and then with its answer
CUTS = st.lists(st.integers(1, 5000), max_size=4)


@contextmanager
def serving(name, folder, limit=None, **environ):
    """Serve in a process of its own; yield its port, and end it in the end as an operator would."""
    source, command = SERVERS[name]
    (folder / "served.py").write_text(source)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    arguments = [sys.executable, "-m", *(part.format(port=port) for part in command)]
    limited = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
    with (folder / "log").open("wb") as log:
        # Flask names the methods that it allows in the order of a set
        server = subprocess.Popen(
            arguments,
            cwd=folder,
            env=os.environ | environ | {"PYTHONHASHSEED": "0"},
            preexec_fn=limited,
            stdout=log,
            stderr=log,
        )
    try:
        _await(port, server, folder)
        yield port
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def _await(port, server, folder):
    end = time.monotonic() + 20
    while time.monotonic() < end and server.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    pytest.fail((folder / "log").read_text())


def answer(port, path, body, cuts=None, method="POST", headers=""):
    """Return the answer as it comes over the wire, without its date."""
    length = f"Content-Length: {len(body)}" if cuts is None else "Transfer-Encoding: chunked"
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}{length}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 20) as wire:
        wire.sendall(head.encode() + (body if cuts is None else _chunked(body, cuts)))
        with wire.makefile("rb") as came:
            return re.sub(rb"(?im)^date: .*\r\n", b"", came.read())


def _chunked(body, cuts):
    places = sorted({min(cut, len(body)) for cut in cuts} | {0, len(body)})
    parts = [body[a:b] for a, b in pairwise(places)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def records(folder):
    files = [*(folder / "journal").rglob("files/**/*.jsonl*")]
    assert [file.name for file in files if not file.name.endswith(".jsonl")] == []
    return [CaptureRecord.from_json(line) for file in files for line in file.read_bytes().splitlines()]


@pytest.fixture(scope="module", params=SERVERS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def plain(name, tmp_path_factory):
    """The port of a server that captures nothing."""
    with serving(name, tmp_path_factory.mktemp("off")) as port:
        yield port


def test_every_answer_is_the_same_with_capture_and_without(name, plain, tmp_path):
    with serving(name, tmp_path, CAPTURE="1") as captured:

        @settings(max_examples=40)
        @given(
            path=st.sampled_from(["/echo", "/stream", "/early", "/fail", "/nowhere"]),
            body=BODIES,
            cuts=st.none() | CUTS,
            method=st.sampled_from(["POST", "POST", "GET", "HEAD"]),
            headers=st.sampled_from(HEADERS),
        )
        def same(**asked):
            read = asked["method"] == "POST" and asked["path"] in READ
            asked["body"] = asked["body"][: None if read else SHORT]
            assert answer(captured, **asked) == answer(plain, **asked)

        same()


def test_every_request_is_in_the_journal_once_whichever_process_answered(name, tmp_path):
    sent = [f'{{"x":{i}}}'.encode() for i in range(100)]
    with serving(name, tmp_path, CAPTURE="1") as port:
        for body in sent:
            answer(port, "/echo", body, headers="Content-Type: application/json\r\n")
    found = records(tmp_path)
    assert Counter(record.input.data.encode() for record in found) == Counter(sent)
    assert [record.input.data for record in found] == [record.output.data for record in found]


FAULTS = {
    "": {},  # the journal is taken away
    "journal_failed": {"limit": 3000},
    "buffer_full": {"MORE": '{"buffer_records": 1}'},
    "body_too_large": {"MORE": '{"max_body_bytes": 1}'},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_capture_changes_an_answer(name, plain, fault, tmp_path):
    with serving(name, tmp_path, CAPTURE="1", **FAULTS[fault]) as captured:
        if not fault:
            shutil.rmtree(tmp_path / "journal")
        for i in range(30):
            assert answer(captured, "/echo", b"x" * 100 * i) == answer(plain, "/echo", b"x" * 100 * i)
    told = [json.loads(file.read_bytes()) for file in tmp_path.rglob("processes/*.json")]
    assert not fault or sum(process["counts"]["dropped"].get(fault, 0) for process in told) > 0
