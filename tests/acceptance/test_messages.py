"""Traffic drifts, and people are told: each once, that it is over too, and by a server that was killed in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.app import shipper, workspace
from kedge.capture import Capture, CaptureConfig, Exchange
from kedge.domain.record import Record
from kedge.settings import Settings

from ..receivers import LOOPBACK, alertmanager, smtp, webhook

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SETTINGS = Settings(allowed_addresses=LOOPBACK)
FILE = """
endpoints:
  fraud: {{captures: captures}}
baselines:
  fraud: {{learn: train.csv}}
schedules:
  hourly:
    endpoint: fraud
    baseline: fraud
    when: hourly
alarms:
  drift: {{metric: feature_baseline_drift_amount, schedule: hourly, threshold: 0.1}}
  often: {{executions: hourly}}
channels:
  mail: {{url: "{mail}"}}
  hook: {{webhook: "{hook}"}}
  alerts: {{alertmanager: "{alerts}"}}
subscriptions:
  team: {{alarms: [drift, often], to: [mail, hook, alerts], group_wait: PT1S, group_interval: PT1S}}
"""
KILLED = """
import os, signal, sys
from kedge.interfaces.cli import main
from kedge.service.messages.sending import Sending
Sending.record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
sys.argv = ["kedge", "serve", "--listen", "none"]
main()
"""


@pytest.fixture
def receivers():
    """Who is told: by e-mail, by a webhook, and an Alertmanager."""
    with smtp() as mail, webhook() as hook, alertmanager() as alerts:
        yield {"mail": mail, "hook": hook, "alerts": alerts}


@pytest.fixture
def declared(receivers):
    """A schedule that is due in a moment, alarms on what it finds, and those who are told."""
    rows = "".join(f"0.5,{i % 50},{i % 7}\n" for i in range(2000))
    Path("train.csv").write_text(f"score,amount,kind\n{rows}")
    set_clock(NOON - timedelta(seconds=20))
    with workspace(SETTINGS, "ann") as made:
        text = FILE.format(**{name: one.url for name, one in receivers.items()})
        made.apply(text.encode(), str(Path("monitors.yaml").absolute()))
        yield made


def set_clock(now):
    """Have the server believe that it is this time."""
    database = Sql("sqlite:///kedge-data/kedge.db")
    known = database.get("clock", "offset") or Record("clock", "offset")
    database.put(replace(known, document={"seconds": (now - datetime.now(UTC)).total_seconds()}), "")
    database.close()


def capture(hour, drift=0):
    """Capture an hour of traffic, and ship it."""
    taken = Capture(CaptureConfig(endpoint="fraud", journal="journal"))
    for i in range(300):
        body = f"{i % 50 + drift},{i % 7}".encode()
        if taken.wants():
            taken.record(Exchange(body, b"0.5", "text/csv", "text/csv", time=hour.timestamp() + i * 10))
    taken.close()
    assert shipper(Path("journal"), "captures", Event()).once()


@contextmanager
def serving(*command, end=signal.SIGTERM):
    """Run a server."""
    own = {"KEDGE_LEASE_SECONDS": "2", "KEDGE_ALLOWED_ADDRESSES": LOOPBACK}
    command = command or ("-m", "kedge", "serve", "--listen", "none")
    with Path("serve.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, *command], env={**os.environ, **own}, stderr=log)
    try:
        yield process
    finally:
        process.send_signal(end)
        process.wait(60)


def until(condition):
    """Wait until something is so."""
    end = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < end, Path("serve.log").read_text()
        time.sleep(0.05)


def settled(declared):
    """Return whether everybody was told what there is to tell."""
    return not declared.notifications.list(status="waiting") and declared.notifications.list()


def test_each_is_told_once_that_traffic_drifts_and_once_that_it_does_no_longer(declared, receivers):
    capture(NOON - HOUR, drift=100)
    with serving():
        set_clock(NOON)
        until(lambda: all(one.found for one in receivers.values()))
        capture(NOON)
        set_clock(NOON + HOUR)
        until(lambda: all(len(one.found) >= 2 for one in receivers.values()))
        until(lambda: settled(declared))
        time.sleep(2)
    first, last = (request.json for request in receivers["hook"].found)
    assert (first["type"], last["type"]) == ("alarm", "resolved")
    found = first["data"]["incidents"]
    assert {one["alarm"]: one["state"] for one in found} == {"drift": "ALARM", "often": "ALARM"}
    assert {one["worst"][0]["feature"] for one in found} == {"amount"}
    assert [len(one.found) for one in receivers.values()] == [2, 2, 2]
    assert "amount" in receivers["mail"].found[0].get_body().get_content()


def test_nobody_is_told_of_what_is_silenced_and_can_see_why(declared, receivers, run):
    for name in ("drift", "often"):
        declared.alarms.silence(name, NOON + 5 * HOUR, "a release")
    capture(NOON - HOUR, drift=100)
    with serving():
        set_clock(NOON)
        until(lambda: settled(declared))
        time.sleep(1)
    assert [one.found for one in receivers.values()] == [[], [], []]
    code, told = run("notification", "list", "--alarm", "drift", "--json")
    assert code == 0
    assert {one["status"] for one in json.loads(told)} == {"silenced"}
    assert "It is silenced until 2024-05-01T17:00:00Z" in json.loads(told)[0]["reason"]


def test_a_server_that_is_killed_between_sending_and_recording_sends_again_under_the_same_key(declared, receivers):
    capture(NOON - HOUR, drift=100)
    with serving("-c", KILLED) as process:
        set_clock(NOON)
        assert process.wait(90) == -signal.SIGKILL
    with serving():
        until(lambda: receivers["hook"].found and settled(declared))
    keys = {name: [r.headers["webhook-id"] for r in receivers[name].found] for name in ("hook",)}
    sent = sum(len(one.found) for one in receivers.values())
    assert sent > 3, "one at least was sent again"
    assert len(set(keys["hook"])) == 1


def test_what_failed_is_sent_again_by_hand_when_the_channel_is_mended(declared, receivers, run):
    hook, log = receivers["hook"], declared.notifications
    hook.answers = [404]
    capture(NOON - HOUR, drift=100)
    with serving():
        set_clock(NOON)
        until(lambda: log.list(status="failed", to="hook"))
        (before,) = log.list(to="hook")
        hook.answers = [200]
        assert run("notification", "resend", "--to", "hook", "--status", "failed") == (
            0,
            "1 message is sent to hook again.\n",
        )
        until(lambda: log.list(status="sent", to="hook"))
        (after,) = log.list(to="hook")
    assert before.reason.endswith("status 404.")
    assert (after.name, after.attempts) == (before.name, 1)
    assert [request.headers["webhook-id"] for request in hook.found] == [before.name] * 2
    code, said = run("notification", "resend", before.name)
    assert (code, "was sent: whoever it went to took it" in said) == (2, True)


def test_every_channel_of_an_alarm_is_tried_by_a_command(declared, receivers, run, monkeypatch):
    monkeypatch.setenv("KEDGE_ALLOWED_ADDRESSES", LOOPBACK)
    receivers["alerts"].answers = [503]
    code, told = run("alarm", "test", "drift")
    assert code == 1
    assert [line.partition(":")[0] for line in told.splitlines()] == ["mail", "hook", "alerts"]
    assert "TEST" in receivers["mail"].found[0]["Subject"]
    assert receivers["hook"].found[0].json["type"] == "test"
