"""Resources of the catalog, as documents and records."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kedge.domain.catalog import (
    Answers,
    Baseline,
    Endpoint,
    Execution,
    JobDefinition,
    MonitoringSchedule,
    PlainFiles,
    Program,
    Reading,
    Step,
    from_record,
    most_seconds,
    pending_execution,
    shortened,
    to_record,
)
from kedge.domain.schedule_expression import parse
from kedge.domain.window import Window

NOON = datetime(2026, 11, 1, 12, 0, 0, 250_000, tzinfo=UTC)
SCHEDULE = MonitoringSchedule(
    name="fraud-hourly",
    monitoring_job_definition_name="fraud-1",
    schedule_expression="hourly",
    endpoint_name="fraud",
    data_analysis_start_time=timedelta(hours=-5),
    next_time=NOON,
)
EXECUTION = pending_execution(SCHEDULE, NOON, Window(NOON - timedelta(hours=1), NOON), revision=2, cause="labels")
RESOURCES = [
    Endpoint(name="fraud", captures="s3://captures", variants=("a", "b"), reading=Reading(format="capture")),
    PlainFiles(name="orders", url="data", reading=Reading(header=False, delimiter=";")),
    Baseline(name="normal", version=3, url="baselines/3", learned=NOON, status="Retired"),
    JobDefinition(
        name="fraud-1",
        start_time_offset=timedelta(days=-8),
        end_time_offset=timedelta(minutes=-90, seconds=-0.5),
        answers=Answers(segments=("age",), probability_threshold_attribute=0.0),
        program=Program(container_entrypoint=("python", "own.py")),
        environment={"A": "1"},
        minimum_rows=10,
    ),
    SCHEDULE,
    replace(EXECUTION, steps=(Step(name="merge", start_time=NOON), Step(name="analysis")), coverage=0.0),
]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)
def test_a_resource_comes_back_from_its_record_as_it_was(resource):
    record = to_record(resource)
    told = json.loads(json.dumps(record.document))
    assert from_record(type(resource), replace(record, document=told)) == resource


def test_a_record_is_found_by_what_its_resource_says():
    record = to_record(EXECUTION)
    assert (record.kind, record.name, record.parent) == ("execution", "fraud-hourly-202611011200-r2", "fraud-hourly")
    assert (record.status, record.time, record.version) == ("Pending", NOON, 0)


def test_a_record_that_is_known_keeps_its_version():
    known = replace(to_record(SCHEDULE), version=4, created=NOON)
    changed = to_record(replace(SCHEDULE, status="Stopped"), known)
    assert (changed.version, changed.created, changed.status) == (4, NOON, "Stopped")


def test_the_next_slot_is_in_the_record_alone():
    record = to_record(SCHEDULE)
    assert record.time == NOON
    assert "next_time" not in record.document


def test_what_a_later_version_added_is_left():
    record = to_record(EXECUTION)
    assert from_record(Execution, replace(record, document={**record.document, "later": 1})) == EXECUTION


@pytest.mark.parametrize(
    ("expression", "monitoring_type", "seconds"),
    [
        ("cron(0 * ? * * *)", "DataQuality", 3600),
        ("cron(0 * ? * * *)", "ModelExplainability", 3600),
        ("cron(0 * ? * * *)", "ModelQuality", 1800),
        ("cron(0 * ? * * *)", "ModelBias", 1800),
        ("every 7 minutes", "ModelBias", 420),
        ("every 45 minutes", "ModelBias", 1800),
        ("cron(0 0/2 ? * * *)", "ModelBias", 7200),
        ("0,5 1 * * mon", "DataQuality", 300),
        ("monthly", "DataQuality", 86_400),
        ("NOW", "DataQuality", 86_400),
    ],
)
def test_an_execution_ends_before_the_next_is_due(expression, monitoring_type, seconds):
    assert most_seconds(monitoring_type, parse(expression)) == seconds


def test_a_message_is_no_longer_than_the_service_allows():
    assert len(shortened("a" * 2000)) == 1024
    assert shortened("a" * 1024) == "a" * 1024
