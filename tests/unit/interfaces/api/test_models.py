"""Models are those of the dataclasses, strict, and lead back to them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from kedge.domain.catalog import Endpoint, JobDefinition, MonitoringSchedule, Reading
from kedge.domain.documents import to_document
from kedge.interfaces.api.models import made, model

JOB = JobDefinition(
    name="quality",
    endpoint_name="fraud",
    start_time_offset=timedelta(hours=-1),
    exclude_features_attribute=("a", "b"),
    environment={"A": "1"},
)


def test_a_document_goes_through_its_model_and_comes_back():
    assert made(JobDefinition, model(JobDefinition)(**to_document(JOB))) == JOB


def test_what_is_beside_a_body_is_told_to_it():
    body = model(Endpoint, "Named", ("name",))(captures="c", reading={"delimiter": ";"})
    assert made(Endpoint, body, name="fraud") == Endpoint(name="fraud", captures="c", reading=Reading(delimiter=";"))


def test_what_is_null_is_as_if_it_was_not_said():
    body = model(Endpoint)(name="fraud", captures="c", ground_truth=None, variants=None, reading=None)
    assert made(Endpoint, body) == Endpoint(name="fraud", captures="c")


@pytest.mark.parametrize(
    ("cls", "changed"),
    [
        (JobDefinition, {"minimum_rows": "5"}),
        (JobDefinition, {"minimum_rows": True}),
        (JobDefinition, {"nobody_knows": 1}),
        (JobDefinition, {"start_time_offset": "an hour"}),
        (JobDefinition, {"environment": {"A": 1}}),
        (JobDefinition, {"environment": {"A\0": "1"}}),
        (JobDefinition, {"baseline": "\ud800"}),
        (JobDefinition, {"monitoring_type": "Weather"}),
        (JobDefinition, {"answers": {"probability_threshold_attribute": float("nan")}}),
        (MonitoringSchedule, {"next_time": "0001-01-01T00:00:00+05:00"}),
    ],
)
def test_what_is_not_exactly_right_is_refused(cls, changed):
    right = {"name": "a", "monitoring_job_definition_name": "b", "schedule_expression": "hourly"}
    known = {field: value for field, value in right.items() if field in model(cls).model_fields}
    model(cls)(**known)
    with pytest.raises(ValidationError):
        model(cls)(**known, **changed)


def test_every_field_that_has_no_default_is_required():
    assert model(MonitoringSchedule).model_json_schema()["required"] == [
        "name",
        "monitoring_job_definition_name",
        "schedule_expression",
    ]
