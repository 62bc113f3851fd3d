"""What a person sees: progress on a terminal, none in a pipe."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from kedge.adapters.databases.sql import Sql
from kedge.domain.catalog import to_record
from kedge.domain.notification import Notification

TIME = datetime(2026, 11, 21, 9, tzinfo=UTC)
COMMAND = [sys.executable, "-m", "kedge", "baseline", "train.parquet", "--output", "baseline"]


def _train() -> None:
    pl.DataFrame({"x": range(2_000_000)}).write_parquet("train.parquet")


def test_a_terminal_shows_progress():
    _train()
    leader, follower = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color"}
    subprocess.run(COMMAND, stderr=follower, stdout=subprocess.DEVNULL, check=True, env=environment)
    assert b"learning" in os.read(leader, 100_000)


def test_a_pipe_shows_none():
    _train()
    run = subprocess.run(COMMAND, capture_output=True, text=True, check=True)
    assert (run.stderr, run.stdout.count("\n")) == ("", 1)


def test_a_reader_that_has_seen_enough_ends_quietly():
    Path("train.csv").write_text("x\n" + "1\n" * 100)
    subprocess.run([*COMMAND[:4], "train.csv", "--output", "baseline"], check=True, capture_output=True)
    command = f"{sys.executable} -m kedge check train.csv --baseline baseline --json | head -c 1"
    run = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("{", "")


def test_a_reader_that_went_away_is_no_verdict():
    Path("train.csv").write_text("x\n" + "1\n" * 100)
    subprocess.run([*COMMAND[:4], "train.csv", "--output", "baseline"], check=True, capture_output=True)
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run([*COMMAND[:3], "check", "train.csv", "--baseline", "baseline"], stdout=writing)
    assert run.returncode == 2


def test_a_package_that_cannot_be_loaded_is_no_verdict():
    Path("duckdb.py").write_text("raise ImportError('libx.so is missing')")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([".", *sys.path])}
    run = subprocess.run([*COMMAND[:3], "doctor"], capture_output=True, text=True, env=environment)
    assert (run.returncode, "libx.so is missing. Mend it: " in run.stderr) == (2, True)


def test_what_stands_in_no_file_stands_in_json_all_the_same():
    Path("kedge-data").mkdir()
    database = Sql("sqlite:///kedge-data/kedge.db")
    place = {"workspace": "default", "subscription": "s", "to": "ops", "cause": "published", "created": TIME}
    database.put(to_record(Notification(name="n1", text="a\ud800b", **place)), "")
    database.close()
    run = subprocess.run([*COMMAND[:3], "notification", "show", "n1", "--json"], capture_output=True, text=True)
    assert (run.returncode, json.loads(run.stdout)["text"]) == (0, "a\ud800b")
