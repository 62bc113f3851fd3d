"""The whole way with real parts: a model behind a port, traffic over HTTP, an hour passes, what drifted is named."""

from __future__ import annotations

import json
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.record import Query, Record

from .hosting import environment, hosted, kedge_command, run, soon

HOUR = timedelta(hours=1)
ASKED = 300
MONITORS = """
endpoints:
  fraud: {captures: captures}
baselines:
  fraud: {learn: train.csv}
schedules:
  hourly: {endpoint: fraud, baseline: fraud, when: hourly}
"""


def _trained(random: np.random.Generator) -> None:
    """Train a model, and keep what it was trained with, its answer first."""
    linear, skops = pytest.importorskip("sklearn.linear_model"), pytest.importorskip("skops.io")
    rows = _orders(random, 3000)
    model = linear.LogisticRegression().fit(rows, random.random(3000) < rows[:, 0] / 400)
    skops.dump(model, "model.skops")
    lines = [f"{bool(answer)!s},{a:.2f},{b:.0f}\n" for answer, (a, b) in zip(model.predict(rows), rows, strict=True)]
    Path("train.csv").write_text("fraud,amount,age\n" + "".join(lines))


def _orders(random: np.random.Generator, many: int) -> np.ndarray:
    return np.column_stack([random.gamma(4, 25, many), random.integers(18, 80, many)])


def _asked(random: np.random.Generator) -> datetime:
    """Ask the model over HTTP, with cents for euros, have it captured and shipped, and return when that began."""
    begun = datetime.now(UTC)
    with hosted("model.skops", "--destination", "captures") as host:
        answers = [host.invoked(f"{100 * a:.0f},{b:.0f}") for a, b in _orders(random, ASKED)]
        assert host.end() == 0
    assert {answer.status for answer in answers} == {200}
    run("capture", "ship", "kedge-capture", "--destination", "captures", "--once")
    return begun


def _passes(records: Sql, slot: datetime) -> None:
    """Set the server's clock to a moment before a slot."""
    seconds = (slot - timedelta(seconds=1) - datetime.now(UTC)).total_seconds()
    records.put(Record("clock", "offset", {"seconds": seconds}), "")


def _serve() -> subprocess.Popen[bytes]:
    told = environment() | {"KEDGE_LEASE_SECONDS": "2"}
    with Path("serve.log").open("ab") as log:
        return subprocess.Popen(kedge_command("serve"), env=told, stderr=log)


def _is(records: Sql, status: str) -> bool:
    return soon(lambda: records.list(Query("execution", status=(status,))), 120)


@pytest.fixture
def records():
    """The records of a server that is to watch the model."""
    Path("monitors.yaml").write_text(MONITORS)
    assert run("apply", "monitors.yaml")[0] == 0
    records = Sql("sqlite:///kedge-data/kedge.db")
    yield records
    records.close()


@pytest.fixture
def random():
    """Chance, after a model was trained by it."""
    random = np.random.default_rng(7)
    _trained(random)
    return random


def test_an_hour_of_traffic_that_drifted_is_named_also_where_the_server_is_killed_in_the_middle(random, records):
    _passes(records, _asked(random).replace(minute=0, second=0, microsecond=0) + HOUR)
    for status, end in (("InProgress", signal.SIGKILL), ("CompletedWithViolations", signal.SIGTERM)):
        server = _serve()
        assert _is(records, status), Path("serve.log").read_text()
        server.send_signal(end)
        server.wait(60)
    (done,) = (record.document for record in records.list(Query("execution")))
    assert (done["rows"], done["attempt"]) == (ASKED, 2)
    found = json.loads(Path(done["report"], "constraint_violations.json").read_text())["violations"]
    assert "amount" in {violation["feature_name"] for violation in found}
