"""Alarms in monitors.yaml, and what is told where one is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kedge.domain.alarm import Alarm, Lines, Worn
from kedge.domain.metric import Metric
from kedge.errors import DocumentError, SettingError
from kedge.reading.alarm_entries import AlarmEntry
from kedge.reading.monitors_file import Monitors

DRIFT = "metric: feature_baseline_drift_age\nschedule: hourly\nthreshold: 0.1\n"


def monitors(text: str) -> Monitors:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return Monitors(f"alarms:\n  drift:\n{lines}".encode(), "monitors.yaml")


def alarm(text: str) -> Alarm:
    return monitors(text).declaration.alarms[0]


def test_an_alarm_needs_three_lines():
    metric = Metric("", "feature_baseline_drift_age", (("MonitoringSchedule", "hourly"),))
    assert alarm(DRIFT) == Alarm(name="drift", metric=metric, threshold=0.1)


def test_what_an_alarm_may_say():
    found = alarm(
        DRIFT + "statistic: p95\nperiod: P1D\nevaluation_periods: 3\ndatapoints_to_alarm: 2\ncomparison: <=\n"
        "missing: notBreaching\nactions: false\ndescription: 1\n"
    )
    assert found == Alarm(
        name="drift",
        description="1",
        metric=found.metric,
        statistic="p95",
        period=timedelta(days=1),
        evaluation_periods=3,
        datapoints_to_alarm=2,
        threshold=0.1,
        comparison_operator="LessThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        actions_enabled=False,
    )


def test_a_metric_is_named_with_its_dimensions():
    found = alarm("metric: a\nnamespace: own\nendpoint: e\nfeature: 7\nthreshold: 1\ndimensions:\n  Facet: sex\n")
    assert found.metric == Metric("own", "a", (("Endpoint", "e"), ("Facet", "sex"), ("Feature", "7")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lines: ERROR\nschedule: hourly\nthreshold: 0", Alarm(name="drift", lines=Lines("hourly", "ERROR"))),
        ("executions: hourly", Alarm(name="drift", executions_of="hourly")),
        ("rule: a and not b", Alarm(name="drift", rule="a and not b")),
    ],
)
def test_an_alarm_may_watch_something_else(text, expected):
    assert alarm(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (DRIFT + "comparisons: <", 6, "There is no such key. Did you mean 'comparison'?"),
        (DRIFT + "missing: notBreeching", 6, "Found 'notBreeching'. Did you mean 'notBreaching'?"),
        (DRIFT.replace("0.1", "high"), 5, "alarms.drift.threshold: Input should be a valid number"),
        (DRIFT.replace("0.1", ".nan"), 5, "alarms.drift.threshold: Input should be a finite number"),
        (DRIFT + "period: 1 hour", 6, "'1 hour' is not a duration"),
        (DRIFT + "evaluation_periods: 101", 6, "less than or equal to 100. Found 101."),
        (DRIFT.replace("threshold: 0.1\n", ""), 2, "Expected a threshold"),
        ("metric: a\nthreshold: 1", 2, "Expected the schedule that publishes the metric, or its namespace"),
        ("lines: ERROR\nthreshold: 1", 2, "Expected the schedule whose executions print the lines"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, line, told):
    with pytest.raises(DocumentError) as error:
        monitors(text)
    assert str(error.value).startswith(f"monitors.yaml:{line}: alarms.drift")
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("field", "line", "key"), [("treat_missing_data", 6, "missing"), ("metric", 3, "metric"), ("rule", 2, "rule")]
)
def test_what_the_catalog_says_is_said_of_the_key_of_the_file(field, line, key):
    error = monitors(DRIFT + "missing: ignore").placed(SettingError("No.", field=field), "alarm", "drift")
    assert (error.line, error.field) == (line, f"alarms.drift.{key}")


def test_every_field_of_an_alarm_can_be_said():
    others = {"metric", "schedule", "endpoint", "feature", "dimensions", "namespace", "lines", "executions", "rule"}
    assert len(AlarmEntry.model_fields.keys() - others) == len(Alarm.__slots__) - len(
        ("name", "metric", "lines", "executions_of", "rule")
    )


def test_an_alarm_may_ask_for_a_retraining():
    found = alarm("retraining: {schedule: q, threshold: 3, every: P7D, budget: 4, period: P30D, cool_down: P1D}\n")
    week, month = timedelta(days=7), timedelta(days=30)
    worn = Worn(schedule="q", threshold=3, every=week, budget=4, period=month, cool_down=timedelta(days=1))
    assert found == Alarm(name="drift", retraining=worn)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{threshold: 3}", r"retraining\.schedule"),
        ("{schedule: q, treshold: 3}", "Did you mean 'threshold'"),
        ("{schedule: q, threshold: high}", r"monitors\.yaml:3: alarms\.drift\.retraining\.threshold"),
        ("{schedule: q, every: weekly}", r"alarms\.drift\.retraining\.every"),
    ],
)
def test_what_is_wrong_with_a_retraining_is_told_with_its_line_and_key(text, said):
    with pytest.raises((DocumentError, SettingError), match=said):
        alarm(f"retraining: {text}\n")
