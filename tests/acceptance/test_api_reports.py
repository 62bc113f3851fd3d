"""What executions left, and what happens: over a real socket, and from a real server from its start to its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest

from kedge.domain.catalog import Execution, to_record
from kedge.domain.window import HOUR, Window

from ..asking import asked

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DONE = Execution(
    name="hourly-202611011200",
    monitoring_schedule_name="hourly",
    monitoring_job_definition_name="quality",
    endpoint_name="fraud",
    scheduled_time=NOON,
    window=Window(NOON - HOUR, NOON),
    status="CompletedWithViolations",
    report="reports/12",
    log="log.txt",
)
FILES = {
    "report.html": "<p>Drift.</p>",
    "constraint_violations.json": json.dumps({"violations": [{"feature_name": f"f{i}"} for i in range(3)]}),
    "merge/a.jsonl": "{}\n",
    'rö"te.bin': "x",
}
REPORT = f"/executions/{DONE.name}/report"


@pytest.fixture
def ask(url):
    """One who asks, in turns where two servers share a database; an execution has left a report."""
    for name, text in {**FILES, "../secret.json": "{}"}.items():
        path = Path("reports/12", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    Path("log.txt").write_text("one\ntwo\n")
    with asked(url, servers=2 if url.startswith("postgresql") else 1) as ask:
        ask.serving.hub.records.put(to_record(DONE), "")
        yield ask


def test_a_report_is_listed_and_downloaded(ask):
    assert ask("GET", REPORT).json["items"] == sorted(FILES)
    page = ask("GET", f"{REPORT}/report.html")
    assert (page.body.decode(), page.headers["content-type"]) == ("<p>Drift.</p>", "text/html; charset=utf-8")
    assert page.headers["content-disposition"] == 'inline; filename="report.html"'
    assert ask("GET", f"/executions/{DONE.name}/log").body == b"one\ntwo\n"


def test_a_page_is_shown_apart_from_everything_else(ask):
    headers = ask("GET", f"{REPORT}/report.html").headers
    assert headers["content-security-policy"].startswith("sandbox allow-scripts; default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert "allow-same-origin" not in headers["content-security-policy"]


def test_a_name_of_a_file_breaks_no_header(ask):
    answer = ask("GET", f"{REPORT}/r%C3%B6%22te.bin")
    assert answer.headers["content-disposition"] == 'attachment; filename="r__te.bin"'
    assert ask("GET", f"{REPORT}/merge/a.jsonl").headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "path",
    [
        "../secret.json",
        "..%2Fsecret.json",
        "%2e%2e/secret.json",
        "merge/../../secret.json",
        "merge%2F..%2F..%2Fsecret.json",
        "..%5Csecret.json",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "file:%2F%2F%2Fetc%2Fpasswd",
        "./report.html",
        "report.html%00",
        "merge",
        "",
    ],
)
def test_no_path_leaves_the_folder_of_a_report(ask, path):
    answer = ask("GET", f"{REPORT}/{path}")
    assert answer.status in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def _event(stream) -> dict[str, str]:
    """Return the next event of a stream."""
    told: dict[str, str] = {}
    while line := stream.readline().decode().rstrip("\n"):
        name, _, value = line.partition(": ")
        told[name] = value
    return told if "id" in told else _event(stream)


def test_what_happens_is_told_as_it_comes(ask):
    records = ask.serving.hub.records
    with ask.opened("GET", "/events") as stream:
        made = records.put(to_record(replace(DONE, name="next", status="InProgress")), "")
        assert _event(stream)["event"] == "execution"
        records.put(to_record(replace(DONE, name="next"), made), "")
        told = [_event(stream) for _ in range(4)]
    assert [event["event"] for event in told] == ["execution", "violation", "violation", "violation"]
    assert json.loads(told[1]["data"])["feature_name"] == "f0"


def test_who_comes_back_goes_on_where_they_were(ask):
    records = ask.serving.hub.records
    made = records.put(to_record(replace(DONE, name="next")), "")
    first = f"{int(made.modified.timestamp() * 1e6)}.1.next"
    with ask.opened("GET", "/events", Last_Event_ID=f"{first}.0") as stream:
        told = []
        while len(told) < 2 or told[-1]["id"] != f"{first}.2":
            told.append(_event(stream))
    assert f"{first}.1" in [event["id"] for event in told]


@contextmanager
def _served(*options: str):
    """Run ``kedge serve``, and give its process and the port that its log tells."""
    command = [sys.executable, "-m", "kedge", "serve", "--workers", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        try:
            lines = iter(process.stderr.readline, "")
            found = next((match for line in lines if (match := re.search(r"http://\S+:(\d+)", line))), None)
            assert found, process.returncode
            yield process, int(found[1])
        finally:
            process.kill()


def test_a_server_tells_where_it_is_and_ends_its_streams():
    with _served("--listen", "127.0.0.1:0") as (process, port):
        with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", "/v1/events")
            with connection.getresponse() as stream:
                assert stream.readline() == b": events\n"
                start = time.monotonic()
                process.send_signal(signal.SIGTERM)
                assert stream.read() == b"\n"
        assert process.wait(20) == 0
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("listen", "told"),
    [
        ("127.0.0.1", "is no place to listen"),
        ("::1:80", "is no place to listen"),
        ("0.0.0.0:0", "nobody could log in"),
        ("192.0.2.1:0", "nobody could log in"),
        ("nowhere.invalid:1", "nobody could log in"),
    ],
)
def test_a_place_that_is_none_or_not_safe_is_refused(run, listen, told):
    code, printed = run("serve", "--listen", listen)
    assert (code, told in printed) == (2, True)


def test_a_port_that_is_taken_is_told(run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        code, printed = run("serve", "--listen", f"127.0.0.1:{other.getsockname()[1]}")
    assert (code, "Nobody can listen at 127.0.0.1" in printed, "say none" in printed) == (2, True, True)
