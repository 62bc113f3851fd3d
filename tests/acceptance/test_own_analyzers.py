"""The story of an analyzer of one's own: declared, run by a server, and run by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.catalog import ENDED, Execution, from_record
from kedge.domain.record import Query, Record

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
WINDOW = "2024-05-01T09:00:00Z/2024-05-01T10:00:00Z"
OWN = """\
import json, os, sys
from pathlib import Path

files = sorted(Path(os.environ["dataset_source"]).rglob("*.jsonl"))
amounts = [float(json.loads(line)["amount"]) for file in files for line in file.read_text().splitlines()]
print("read", len(amounts), "of", os.environ["sagemaker_monitoring_schedule_name"])
over = [amount for amount in amounts if amount > float(sys.argv[1])]
document = {"violations": [{"feature_name": "amount", "constraint_check_type": "own"}] if over else []}
output = Path(os.environ["output_path"])
(output / "constraint_violations.json").write_text(json.dumps(document))
told = f"CompletedWithViolations: {len(over)} amounts are over it" if over else "Completed: none is over it"
(output.parents[1] / "output" / "message").write_text(told)
"""
FILE = """\
endpoints:
  fraud:
    captures: captures
schedules:
  own:
    endpoint: fraud
    monitor: custom
    command: {python} own.py 40
    when: hourly
"""


def _capture(hour: datetime) -> None:
    folder = Path(f"captures/fraud/AllTraffic/{hour:%Y/%m/%d/%H}")
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_text("".join(f'{{"amount": {amount}}}\n' for amount in (10, 50, 60)))


def _offset(now: datetime) -> dict[str, float]:
    return {"seconds": (now - datetime.now(UTC)).total_seconds()}


def _ended(records: Sql) -> Execution:
    for _ in range(600):
        for record in records.list(Query("execution", status=ENDED)):
            return from_record(Execution, record)
        time.sleep(0.05)
    raise AssertionError(Path("serve.log").read_text())


@pytest.fixture
def records():
    database = Sql("sqlite:///kedge-data/kedge.db")
    yield database
    database.close()


def test_a_server_runs_what_a_file_declares(run, records):
    _capture(NOON - timedelta(hours=1))
    Path("own.py").write_text(OWN)
    Path("monitors.yaml").write_text(FILE.format(python=sys.executable))
    clock = records.put(Record("clock", "offset", _offset(NOON - timedelta(minutes=1))), "ann")
    assert run("apply", "monitors.yaml")[0] == 0
    records.put(replace(clock, document=_offset(NOON)), "ann")
    with Path("serve.log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "kedge", "serve", "--listen", "none"], stderr=log)
        try:
            done = _ended(records)
        finally:
            server.terminate()
            server.wait()
    assert (done.status, done.violations) == ("CompletedWithViolations", 1), done
    assert done.exit_message == "CompletedWithViolations: 2 amounts are over it"
    assert json.loads(Path(str(done.report), "constraint_violations.json").read_text())["violations"]
    assert "read 3 of own" in Path(str(done.log)).read_text()
    shown = "".join(run("execution", "show", done.name)[1].split())
    assert f"See{done.report}/constraint_violations.json" in shown


def _definition(**program: object) -> None:
    endpoint = {"name": "fraud", "captures": "captures"}
    definition = {"name": "own", "monitoring_type": "Custom", "program": program}
    Path("own.json").write_text(json.dumps({"endpoint": endpoint, "definition": definition}))


def test_an_analyzer_is_run_by_hand(run):
    _capture(datetime(2024, 5, 1, 9))
    Path("own.py").write_text(OWN)
    _definition(container_entrypoint=[sys.executable, "own.py"], container_arguments=["40"])
    code, printed = run("execute", "own.json", "--window", WINDOW, "--output", "report")
    assert (code, printed) == (1, "CompletedWithViolations: 2 amounts are over it\nReport: report\n")
    assert [path.name for path in Path("report").iterdir()] == ["constraint_violations.json"]


def test_a_container_ends_with_what_ran_it(tmp_path):
    docker = tmp_path / "docker"
    docker.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/told\n[ "$1" = run ] && exec sleep 60\n')
    docker.chmod(0o755)
    _capture(datetime(2024, 5, 1, 9))
    _definition(image_uri="own:1")
    command = [sys.executable, "-m", "kedge", "execute", "own.json", "--window", WINDOW]
    process = subprocess.Popen(command, env={**os.environ, "KEDGE_CONTAINERS": str(docker)})
    while not (tmp_path / "told").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 2
    assert (tmp_path / "told").read_text() == "run\nrm\n"
