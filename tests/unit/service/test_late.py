"""What comes late is noticed, and its window is judged again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.adapters.stores.local import Local
from kedge.domain.catalog import Endpoint, JobDefinition, MonitoringSchedule, pending_execution, to_record
from kedge.domain.window import Window
from kedge.service.late import Late
from kedge.service.preparing import Preparing

TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = TEN + 3 * HOUR
SCHEDULE = MonitoringSchedule(
    name="hourly",
    monitoring_job_definition_name="job",
    monitoring_type="ModelQuality",
    endpoint_name="fraud",
    schedule_expression="hourly",
)
JUDGED = replace(
    pending_execution(SCHEDULE, TEN, Window(TEN - HOUR, TEN)), status="Completed", end_time=TEN + HOUR, coverage=0.5
)
CAPTURED, LABELLED = "captures/fraud/blue/2024/05/01/09", "labels/2024/05/01/11"


def _write(folder: str, name: str = "a.jsonl", content: str = "x") -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, name).write_text(content)


@pytest.fixture
def late(tmp_path):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    _write(CAPTURED)
    _write(LABELLED)
    definition = JobDefinition(name="job", monitoring_type="ModelQuality", endpoint_name="fraud", baseline="./b")
    for resource in (definition, Endpoint(name="fraud", captures="captures", ground_truth="labels"), SCHEDULE):
        records.put(to_record(resource), "ann")
    clock = SimpleNamespace(now=lambda: NOW)
    yield Late(records, Preparing(records, Local(), clock))
    records.close()


def _judge(late: Late, **changes) -> None:
    execution = replace(JUDGED, **changes)
    fingerprint = late.preparing.fingerprint(execution)
    late.records.put(to_record(replace(execution, fingerprint=fingerprint)), "")


def _again(late: Late, now: datetime = NOW) -> list[tuple[str, str]]:
    return [(made.name, made.cause) for made in late.again(now)]


def test_a_window_for_which_nothing_came_is_left(late):
    _judge(late)
    _write("captures/fraud/blue/2024/05/01/10")
    _write("captures/fraud/blue/2024/05/01/08")
    assert _again(late) == []


@pytest.mark.parametrize("file", [{"name": "b.jsonl"}, {"content": "xx"}], ids=["another file", "a longer one"])
def test_a_window_is_judged_again_when_files_come_late(late, file):
    _judge(late)
    _write(CAPTURED, **file)
    assert _again(late) == [("hourly-202405011000-r2", "late-data")]


def test_a_window_is_judged_again_when_labels_land(late):
    _judge(late)
    _write("labels/2024/05/01/12")
    assert _again(late) == [("hourly-202405011000-r2", "labels")]


def test_a_window_that_had_no_data_is_judged_when_it_comes(late):
    Path(CAPTURED, "a.jsonl").unlink()
    _judge(late, status="Failed")
    _write(CAPTURED)
    assert _again(late) == [("hourly-202405011000-r2", "late-data")]


def test_a_window_is_judged_again_once(late):
    _judge(late)
    _write(CAPTURED, "b.jsonl")
    _again(late)
    assert _again(late) == []


def test_the_last_verdict_counts(late):
    _judge(late)
    _write(CAPTURED, "b.jsonl")
    _judge(late, name="hourly-202405011000-r2", revision=2)
    assert _again(late) == []


def test_labels_of_a_window_that_has_them_all_are_not_waited_for(late):
    _judge(late, coverage=1.0)
    _write("labels/2024/05/01/12")
    assert _again(late) == []


def test_a_verdict_waits_for_the_next_as_long_as_it_came_after_its_slot(late):
    _judge(late, end_time=NOW - HOUR)
    _write(CAPTURED, "b.jsonl")
    assert (_again(late, NOW), len(_again(late, NOW + HOUR))) == ([], 1)


def test_a_window_is_looked_after_for_some_days(late):
    _judge(late)
    _write(CAPTURED, "b.jsonl")
    assert _again(late, TEN + timedelta(days=7, minutes=1)) == []


def test_a_window_that_was_stopped_is_left(late):
    _judge(late, status="Stopped")
    _write(CAPTURED, "b.jsonl")
    assert _again(late) == []
