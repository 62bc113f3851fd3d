"""Captures on their way to a store, with real processes: servers that die, disks that are full, stores that break."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from kedge.adapters.stores.remote import Remote
from kedge.capture import Capture, CaptureConfig, Exchange
from kedge.errors import InputError

ROOT = Path(__file__).parents[2]
SHIP = [sys.executable, "-m", "kedge", "capture", "ship", "journal", "--destination", "store"]
SERVER = """
import os, resource, sys, time
from kedge.capture import Capture, CaptureConfig, Exchange
size = int(sys.argv[2])
if size:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
file_bytes = 10**9 if size else 40_000
config = CaptureConfig(endpoint="fraud", journal="journal", file_bytes=file_bytes, file_seconds=0.3, disk_share=1)
capture = Capture(config)
for i in range(2000):
    capture.wants()
    capture.record(Exchange(b'{"i":%d}' % i, b"0.5", "application/json", "text/csv"))
    if i % 50 == 49:
        capture.flush()
if sys.argv[1] == "killed":
    os.kill(os.getpid(), 9)
capture.close()
"""


@pytest.fixture(autouse=True)
def _source(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "src"), str(ROOT)]))


@pytest.fixture
def crash(monkeypatch):
    """Return the modules of ``make crash``."""
    monkeypatch.syspath_prepend(str(ROOT))
    return {name: import_module(f"tests.crash.{name}") for name in ("__main__", "proxy")}


def _served(ends: str = "closed", largest_file: int = 0) -> None:
    subprocess.run([sys.executable, "-c", SERVER, ends, str(largest_file)])


def _captured(text: str = "") -> Capture:
    capture = Capture(CaptureConfig(endpoint="fraud", journal="journal", file_seconds=0.1))
    assert capture.wants()
    capture.record(Exchange(b"1,2", text.encode(), "text/csv", "text/csv"))
    capture.flush()
    return capture


def _arrived() -> list[int]:
    folders = (at for at in os.walk("store") if ".writing-" not in at[0])  # those go while one looks into them
    files = [Path(folder, name) for folder, _, names in folders for name in names if name.endswith(".jsonl")]
    lines = [line for file in files for line in file.read_text().splitlines()]
    return sorted(json.loads(json.loads(line)["captureData"]["endpointInput"]["data"])["i"] for line in lines)


def _until(true, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_a_killed_server_had_journalled_is_shipped(run):
    _served("killed")
    code, printed = run("capture", "ship", "journal", "--destination", "store", "--once")
    assert (code, "with 2,000 records to store." in printed) == (0, True)
    assert _arrived() == list(range(2000))


@pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode != 0,
    reason="this machine lets no small disk be mounted",
)
def test_what_a_full_disk_holds_is_shipped_though_nothing_else_can_be_written():
    Path("journal").mkdir()
    Path("server.py").write_text(SERVER.replace("if sys.argv[1]", "print(capture.counts().journalled)\nif sys.argv[1]"))
    ship = " ".join(SHIP)
    script = f"mount -t tmpfs -o size=200k tmpfs journal; {sys.executable} server.py killed 0; {ship} --once >&2"
    done = subprocess.run(["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0
    assert 100 < int(done.stdout) == len(_arrived()) < 2000


def test_where_a_write_fails_each_record_is_either_shipped_or_counted_as_dropped(run):
    _served(largest_file=100_000)
    run("capture", "ship", "journal", "--destination", "store", "--once")
    ((state,),) = (told["endpoints"] for told in json.loads(run("capture", "status", "journal", "--json")[1]))
    dropped = state["counts"]["dropped"]["journal_failed"]
    assert dropped > 0
    assert len(_arrived()) == len(set(_arrived())) == 2000 - dropped == state["counts"]["journalled"]


def test_a_shipper_ends_when_it_is_told_to_and_another_goes_on():
    with subprocess.Popen([*SHIP], stderr=subprocess.PIPE) as first:
        _captured("one").close()
        _until(lambda: list(Path("store").rglob("*.jsonl")))
        other = subprocess.run([*SHIP, "--once"], capture_output=True, text=True)
        assert (other.returncode, f"process {first.pid} on" in other.stderr) == (2, True)
        first.send_signal(signal.SIGTERM)
        assert first.wait(10) == 0
    _captured("two").close()
    assert subprocess.run([*SHIP, "--once"], capture_output=True).returncode == 0
    assert len(list(Path("store").rglob("*.jsonl"))) == 2


def test_the_child_of_a_server_ships_what_is_left_when_the_server_is_gone():
    server = SERVER.replace('journal="journal"', 'journal="journal", destination="store", ship=True')
    subprocess.run([sys.executable, "-c", server, "killed", "0"], stderr=subprocess.DEVNULL)
    _until(lambda: len(_arrived()) == 2000, 40)


def test_a_child_that_finds_another_at_work_stands_by_and_ends_with_its_server():
    with subprocess.Popen(SHIP, stderr=subprocess.DEVNULL) as first:
        _captured("one").close()
        _until(lambda: list(Path("store").rglob("*.jsonl")))
        with subprocess.Popen([*SHIP, "--until-input-ends"], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(3)
            child.stdin.close()
            assert (child.wait(10), child.stderr.read()) == (0, b"")
        first.kill()


@pytest.fixture
def bucket(monkeypatch):
    """Return a client of an S3 server, with an empty bucket."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    for name, value in keys.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
    client.create_bucket(Bucket="captures")
    client.upstream = (host, port)
    yield client
    for entry in client.list_objects_v2(Bucket="captures").get("Contents", ()):
        client.delete_object(Bucket="captures", Key=entry["Key"])
    server.stop()


def test_half_an_upload_leaves_nothing_under_the_name(bucket, crash, monkeypatch):
    proxy = crash["proxy"].Proxy(bucket.upstream, 1, random.Random(0))
    monkeypatch.setattr(crash["proxy"], "FAULTS", ("cut half way",))
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    with pytest.raises(InputError, match="did not answer as expected"):
        Remote().write("s3://captures/a", {"b.jsonl": b"x" * 1_000_000})
    assert proxy.faults["cut half way"] > 1
    assert "Contents" not in bucket.list_objects_v2(Bucket="captures")
    proxy.shutdown()
    proxy.server_close()


def test_whoever_is_killed_twenty_times_loses_and_repeats_nothing(crash):
    done, found = crash["__main__"].crash(20, seed=1)
    assert done.done.total() == 20
    assert found.records >= sum(done.runs.values()) > 0
    assert (found.repeated, found.lost, found.gaps, found.wrong) == (0, 0, 0, [])


def test_captures_are_shown_as_they_come(run):
    _captured("0.25").close()
    code, printed = run("capture", "tail", "journal", "--endpoint", "fraud", "--no-follow")
    assert (code, printed.rstrip().endswith("1,2 → 0.25"), "AllTraffic" in printed) == (0, True, True)


def test_a_whole_record_is_printed_as_it_stands_in_its_file(run):
    _captured("0.25").close()
    (path,) = Path("journal").rglob("*.jsonl")
    assert run("capture", "tail", "journal", "--endpoint", "fraud", "--no-follow", "--json")[1] == path.read_text()


def test_status_ends_with_1_where_records_were_dropped(run):
    _served(largest_file=100_000)
    code, printed = run("capture", "status", "journal")
    assert code == 1
    assert "▲ fraud: records were dropped within the last hour; so far: journal_failed" in printed


def test_a_change_is_shown_and_taken_back(run):
    _captured().close()
    change = ("capture", "change", "journal", "--endpoint", "fraud")
    assert run(*change, "--sampling-percentage", "10") == (0, "sampling_percentage: as the server was started → 10.0\n")
    assert run(*change, "--reset") == (0, "sampling_percentage: 10.0 → as the server was started\n")
    assert run(*change)[0] == 2
