"""A model wears out: labels come, a retraining is asked for once, the action trains, and the alarm says that it has."""

from __future__ import annotations

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

from kedge.adapters.databases.sql import Sql
from kedge.app import shipper, workspace
from kedge.capture import Capture, CaptureConfig, Exchange
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.record import Record
from kedge.settings import Settings

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FILE = """
endpoints:
  fraud: {captures: captures, ground_truth: labels}
baselines:
  judged:
    learn: judged.csv
    monitor: model-quality
    problem_type: BinaryClassification
    prediction: answer
    label: label
schedules:
  quality:
    endpoint: fraud
    baseline: judged
    monitor: model-quality
    problem_type: BinaryClassification
    prediction: "0"
    when: hourly
alarms:
  worn-out: {retraining: {schedule: quality, metric: mae, threshold: 0.3, rows: 200}}
actions:
  retrain: {handler: retrain.py}
subscriptions:
  ops: {alarms: [worn-out], states: [ALARM], to: [retrain], group_wait: 0s}
"""
TRAINS = """
def handler(event, context):
    with open({path!r}, "a") as trained:
        trained.write(context.aws_request_id + "\\n")
    return "trained"
"""


def answered(wrong: int) -> None:
    """Capture an hour of answers, and upload labels that say that so many of ten are wrong."""
    capture = Capture(CaptureConfig(endpoint="fraud", journal="journal"))
    for i in range(300):
        at = (NOON - HOUR).timestamp() + i
        if capture.wants():
            answer = str(i % 2).encode()
            capture.record(Exchange(b"1", answer, "text/csv", "text/csv", inference_id=f"order-{i}", time=at))
    capture.close()
    assert shipper(Path("journal"), "captures", Event()).once()
    labels = (GroundTruth(f"order-{i}", str((i + (i % 10 < wrong)) % 2)) for i in range(300))
    Path(f"labels/{NOON:%Y/%m/%d/%H}").mkdir(parents=True)
    Path(f"labels/{NOON:%Y/%m/%d/%H}/labels.jsonl").write_text("".join(f"{label.to_json()}\n" for label in labels))


def set_clock(now: datetime) -> None:
    """Have the server believe that it is this time."""
    database = Sql("sqlite:///kedge-data/kedge.db")
    known = database.get("clock", "offset") or Record("clock", "offset")
    database.put(replace(known, document={"seconds": (now - datetime.now(UTC)).total_seconds()}), "")
    database.close()


@contextmanager
def serving():
    command = [sys.executable, "-m", "kedge", "serve", "--listen", "none"]
    with Path("serve.log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, "KEDGE_LEASE_SECONDS": "2"}, stderr=log)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def until(condition) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < end, Path("serve.log").read_text()
        time.sleep(0.1)


def test_a_model_that_wore_out_is_trained_once_and_the_alarm_says_so(tmp_path):
    Path("judged.csv").write_text(
        "answer,label\n" + "".join(f"{i % 2},{(i + (i % 10 == 0)) % 2}\n" for i in range(2000))
    )
    Path("retrain.py").write_text(TRAINS.format(path=str(tmp_path / "trained")))
    answered(wrong=4)
    set_clock(NOON - timedelta(minutes=1))
    with workspace(Settings(), "ann") as made, serving():
        made.apply(FILE.encode(), str(Path("monitors.yaml").absolute()))
        set_clock(NOON)
        until(lambda: "OK" in [alert.state for alert in made.alarms.transitions("worn-out")])
        went = {alert.state: alert.reason for alert in made.alarms.transitions("worn-out")}
        [note] = made.notifications.list(to="retrain")
    assert went["ALARM"] == "The mae of the last 200 labelled rows is 0.4, past 0.3."
    assert went["OK"].endswith("has ended.")
    assert (tmp_path / "trained").read_text().splitlines() == [note.name]
