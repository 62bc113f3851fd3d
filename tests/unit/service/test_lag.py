"""How old the newest capture is, by the names of files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.adapters.stores.local import Local
from kedge.app import FixedClock
from kedge.domain.catalog import Endpoint, to_record
from kedge.service.metrics.lag import Lag

TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)


@pytest.fixture
def lag(tmp_path):
    """How many seconds old the newest of these files is."""
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")

    def lag(*names):
        for name in names:
            path = tmp_path / "captures/fraud" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("{}")
        records.put(to_record(Endpoint(name="fraud", captures=str(tmp_path / "captures"))), "")
        records.put(to_record(Endpoint(name="other", captures=str(tmp_path / "nowhere"))), "")
        Lag(records, records.points, Local(), FixedClock(TEN)).look()
        return {dict(one.metric.dimensions)["Endpoint"]: one.point.value for one in records.points.latest()}

    yield lag
    records.close()


def test_the_newest_file_of_all_variants_counts(lag):
    names = ("AllTraffic/2024/05/01/08/59-00-000-a.jsonl", "B/2024/05/01/09/12-30-000-b.jsonl")
    assert lag(*names, "B/2024/05/01/09/12-00-000-c.jsonl") == {"fraud": 47 * 60 + 30}


def test_a_file_of_another_name_counts_from_its_hour(lag):
    assert lag("AllTraffic/2024/05/01/09/part-1.jsonl") == {"fraud": 3600}


def test_no_captures_are_not_old(lag):
    assert lag() == {}


def test_a_capture_of_a_clock_that_is_ahead_is_not_old(lag):
    assert lag("AllTraffic/2024/05/01/10/05-00-000-a.jsonl") == {"fraud": 0}
