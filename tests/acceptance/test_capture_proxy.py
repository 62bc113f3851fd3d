"""A model server that nobody touches: the proxy before it captures what goes through."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kedge.domain.capture_record import CaptureRecord

pytest.importorskip("uvicorn", reason="uvicorn is not installed: kedge[endpoint]")
pytest.importorskip("httptools", reason="httptools is not installed: kedge[endpoint]")

MIB = 1 << 20


class Model(BaseHTTPRequestHandler):
    """A model server: it answers with the number of bytes that it was asked, or with as many as the path says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        left = length = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, MIB)))
        size = int(self.path.rpartition("/")[2] or 0)
        self.send_response(422 if size == 1 else 200)
        self.send_header("Content-Type", "application/json")
        answer = b"%d" % length
        self.send_header("Content-Length", str(size or len(answer)))
        self.end_headers()
        self.wfile.write(answer if not size else b"")
        for _ in range(0, size, MIB):
            self.wfile.write(bytes(min(size, MIB)))

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def model():
    """The URL of a model server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def serving():
    """Run a command that serves until the test is over; give the process, and how to ask it."""
    started = []

    def run(*arguments):
        command = [sys.executable, "-m", "kedge", "capture", *arguments, "--port", "0", "--disk-share", "1"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
        assert found, said + process.stderr.read()
        started.append((process, HTTPConnection("127.0.0.1", int(found[1]), timeout=20)))
        return started[-1]

    yield run
    for process, client in started:
        client.close()
        process.kill()
        process.communicate()


def post(client, body, path="/", **headers):
    client.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = client.getresponse()
    return answer.status, answer.read()


def ended(process):
    """End a process as an orchestrator does, and return its exit code."""
    process.send_signal(signal.SIGTERM)
    return process.wait(20)


def records(folder):
    return [
        CaptureRecord.from_json(line)
        for file in sorted(Path(folder).rglob("*.jsonl"))
        for line in file.read_text().splitlines()
    ]


def test_what_goes_through_the_proxy_is_in_the_journal_when_it_ends(serving, model):
    process, client = serving("proxy", "--endpoint", "fraud", "--upstream", model, "--journal", "journal")
    told = {"Content_Type": "text/csv", "X_Amzn_SageMaker_Inference_Id": "order-17"}
    assert [post(client, b"41,0.5", **told) for _ in range(3)] == [(200, b"6")] * 3
    assert post(client, b"41,0.5", "/1")[0] == 422
    assert (ended(process), len(list(Path("journal/fraud/files/AllTraffic").rglob("*.open")))) == (0, 0)
    found = records("journal/fraud/files/AllTraffic")
    assert [(r.input.data, r.input.encoding, r.output.data, r.inference_id) for r in found] == [
        ("41,0.5", "CSV", "6", "order-17")
    ] * 3


def test_what_goes_through_the_proxy_is_in_the_store_when_it_ends(serving, model):
    kept = ("--journal", "journal", "--destination", "store")
    process, client = serving("proxy", "--endpoint", "fraud", "--upstream", model, *kept)
    assert [post(client, b"%d,1" % number, Content_Type="text/csv")[0] for number in range(50)] == [200] * 50
    assert ended(process) == 0
    assert sorted(record.input.data for record in records("store/fraud/AllTraffic")) == sorted(
        f"{number},1" for number in range(50)
    )
    assert records("journal") == []


def test_health_and_counters_are_told_beside_the_upstream(serving, model):
    _, client = serving("proxy", "--endpoint", "fraud", "--upstream", model, "--health-path", "/ping")
    post(client, b"1,2")
    client.request("GET", "/ping")
    assert json.loads(client.getresponse().read()) == {"status": "ok"}
    client.request("GET", "/-/metrics")
    text = client.getresponse().read().decode()
    assert "kedge_proxy_requests_total 1\n" in text
    assert 'kedge_capture_seen_total{endpoint="fraud"} 1\n' in text


def test_100_mb_go_through_in_little_memory(serving, model):
    process, client = serving("proxy", "--endpoint", "fraud", "--upstream", model)
    before = _peak(process.pid, post(client, b"1,2"))
    status, answer = post(client, bytes(100 * MIB), f"/{100 * MIB}")
    assert (status, len(answer)) == (200, 100 * MIB)
    assert _peak(process.pid) - before < 30 * MIB


def _peak(pid, *_):
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("the peak of a process is read from /proc")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) << 10


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("proxy", "--endpoint", "fraud", "--upstream", "127.0.0.1:8501"), "upstream: Expected http://host:port"),
        (("proxy", "--endpoint", "a/b", "--upstream", "http://a"), "endpoint: "),
        (
            ("proxy", "--endpoint", "a", "--upstream", "http://a", "--sampling-percentage", "101"),
            "sampling_percentage: ",
        ),
        (("proxy", "--endpoint", "a", "--upstream", "http://a", "--port", "65536"), "port: "),
        (("proxy", "--endpoint", "a", "--upstream", "https://a", "--upstream-ca", "no.pem"), "no.pem: upstream_ca: "),
        (("proxy", "--endpoint", "a", "--upstream", "http://a", "--journal", "/dev/null/x"), "journal: "),
        (("sink", "--journal", "/dev/null/x"), "journal: "),
        (("sink", "--destination", "ftp://a/b"), "No store is known for ftp://"),
        (("sink", "--redact", "name"), "redact: Expected FIELD=HOW"),
        (("sink", "--redact", "name=hide"), "redact.name: 'hide' is no way to redact"),
        (("sink", "--sampling-percentage", "-1"), "sampling_percentage: "),
        (("sink", "--variant", "{modelld}"), "Did you mean 'modelid'?"),
    ],
)
def test_a_bad_setting_names_itself(run, arguments, said):
    code, printed = run("capture", *arguments)
    assert (code, printed.startswith("kedge: "), said in printed) == (2, True, True), printed


def test_a_port_that_is_taken_is_named(run, model):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, printed = run("capture", "proxy", "--endpoint", "a", "--upstream", model, "--port", str(port))
    assert (code, f"port: Another process listens at 127.0.0.1:{port}." in printed) == (2, True)


def test_events_of_a_payload_logger_are_in_the_journal_when_the_sink_ends(serving):
    process, client = serving("sink", "--journal", "journal")
    for half, data in {"response": b'{"p":1}', "request": b"41,0.5"}.items():
        told = {"ce-specversion": "1.0", "ce-id": "a", "ce-source": "http://localhost:9081/"}
        told |= {"ce-type": f"org.kubeflow.serving.inference.{half}", "ce-inferenceservicename": "iris"}
        assert post(client, data, "/v1/capture/cloudevents", **told, Content_Type="application/json") == (202, b"")
    assert ended(process) == 0
    [record] = records("journal/iris/files/AllTraffic")
    assert (record.input.data, record.output.data, record.inference_id) == ("41,0.5", '{"p":1}', "a")
