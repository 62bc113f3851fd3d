"""The latest points in the text format of Prometheus: few families, whatever names there are."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.catalog import to_record
from kedge.domain.families import FAMILIES
from kedge.domain.metric import Metric, Point
from kedge.domain.notification import Delivery, Notification
from kedge.domain.record import Record
from kedge.service.metrics.prometheus import Exposition

NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)
DATA = "aws/sagemaker/Endpoints/data-metrics"
JOBS = "AWS/SageMaker/ProcessingJob"
OURS = {"Endpoint": "fraud", "MonitoringSchedule": "hourly"}
WHOSE = 'workspace="default",endpoint="fraud",schedule="hourly"'


@pytest.fixture
def records(tmp_path):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield records
    records.close()


@pytest.fixture
def told(records):
    """Publish points, and return the series of what is told, each with its value."""

    def told(*data):
        for namespace, name, dimensions, value in data:
            point = value if isinstance(value, Point) else Point(NINE, value)
            records.points.append([(Metric.of(namespace, name, {**OURS, **dimensions}), point)])
        exposition = Exposition()
        exposition.add("default", records)
        lines = [line for line in exposition.text().splitlines() if not line.startswith("#")]
        found = dict(line.rsplit(" ", 1) for line in lines)
        return {name: float(value) for name, value in found.items() if not name.startswith("kedge_queue_")}

    return told


def test_a_feature_is_a_label_and_no_part_of_a_name(told):
    found = told(
        (DATA, "feature_baseline_drift_age", {"Feature": "age"}, 0.3),
        (DATA, "feature_data_age", {"Feature": "age"}, Point(NINE, 40, 4, 1, 20)),
    )
    labels = 'workspace="default",endpoint="fraud",feature="age",schedule="hourly"'
    assert found == {
        f"kedge_feature_baseline_drift{{{labels}}}": 0.3,
        f"kedge_feature_mean{{{labels}}}": 10,
        f"kedge_feature_min{{{labels}}}": 1,
        f"kedge_feature_max{{{labels}}}": 20,
    }


def test_metrics_of_models_and_of_bias_are_labels_too(told):
    found = told(
        ("aws/sagemaker/Endpoints/model-metrics", "rmse", {}, 2),
        ("aws/sagemaker/Endpoints/bias-metrics", "bias_metric_DPPL", {"Facet": "sex", "FacetValue": "F"}, 0.2),
    )
    biased = WHOSE.replace(",schedule", ',facet="sex",facet_value="F",schedule')
    assert found == {
        f'kedge_model_quality{{{WHOSE},metric="rmse"}}': 2,
        f'kedge_bias{{{biased},metric="DPPL"}}': 0.2,
    }


def test_attributions_and_the_expected_value_are_families_of_their_own(told):
    whose = {"ExplainabilityMethod": "KernelShap", "Label": "paid"}
    space = "aws/sagemaker/Endpoints/explainability-metrics"
    found = told(
        (space, "feature_age", {**whose, "ValueType": "GlobalShapValues"}, 0.4),
        (space, "ExpectedValue", {**whose, "ValueType": "ExpectedValue"}, 0.1),
    )
    labels = 'workspace="default",endpoint="fraud",label="paid",schedule="hourly"'
    assert found == {
        f'kedge_attribution{{{labels},feature="age"}}': 0.4,
        f"kedge_attribution_expected_value{{{labels}}}": 0.1,
    }


def test_violations_are_told_of_each_monitor_and_what_others_call_them_is_not(told):
    found = told((DATA, "violations", {}, 3), (DATA, "data_quality_constraint_violations", {}, 3))
    assert found == {f'kedge_violations{{{WHOSE},monitor="data"}}': 3}


def test_executions_and_failures_are_counted(told):
    for value in (0.0, 1.0):
        found = told((JOBS, "Failures", {}, Point(NINE.replace(minute=int(value)), value)))
    assert found == {f"kedge_executions_total{{{WHOSE}}}": 2, f"kedge_execution_failures_total{{{WHOSE}}}": 1}


def test_a_metric_with_a_dimension_that_nobody_knows_is_not_told(told):
    assert told((DATA, "mine", {"Request": "1"}, 1), (DATA, "yours", {}, 2)) == {
        f'kedge_custom{{{WHOSE},metric="yours"}}': 2
    }


def test_a_label_may_hold_any_sign(told):
    [series] = told((DATA, 'feature_null_a"\\\n', {"Feature": 'a"\\\n'}, 1))
    assert r'feature="a\"\\\n"' in series


def test_a_family_has_so_many_series_and_no_more(told, monkeypatch):
    monkeypatch.setattr("kedge.service.metrics.prometheus.MOST", 3)
    found = told(*((DATA, f"feature_null_f{n}", {"Feature": f"f{n}"}, n) for n in range(5)))
    assert found.pop('kedge_series_left_out{workspace="default",family="kedge_feature_null"}') == 2
    assert len(found) == 3


def test_every_family_that_is_told_has_its_help_and_type_once(told, records):
    told((DATA, "violations", {}, 1), (JOBS, "Failures", {}, 1))
    exposition = Exposition()
    exposition.add("default", records)
    exposition.add("other", records.of("other"))
    helped = re.findall(r"^# HELP kedge_(\w+) \S.*\n# TYPE kedge_\1 (gauge|counter)$", exposition.text(), re.MULTILINE)
    assert set(dict(helped)) < set(FAMILIES)
    assert len(helped) == len(dict(helped)) == exposition.text().count("# TYPE")


def test_the_queue_is_told_with_the_age_of_what_waits_longest(records):
    records.put(Record("execution", "one", status="Pending"), "")
    records.put(Record("execution", "two", status="InProgress"), "")
    exposition = Exposition()
    exposition.add("default", records)
    assert 'kedge_queue_waiting{workspace="default"} 1\n' in exposition.text()
    assert 'kedge_queue_running{workspace="default"} 1\n' in exposition.text()
    assert re.search(r'kedge_queue_age_seconds\{workspace="default"\} \d+\.\d+', exposition.text())


def test_how_messages_fare_is_told_of_each_channel(told, records):
    place = {"workspace": "default", "subscription": "s", "cause": "alarm", "created": NINE}
    for name in ("a", "b"):
        records.put(to_record(Notification(name=name, to="mail", next_time=NINE, **place)), "")
    records.put(to_record(Delivery(name="hook", sent=3, failed=1, last_sent=NINE)), "")
    found = {name: value for name, value in told().items() if "_age_" not in name}
    assert found == {
        'kedge_notifications_waiting{workspace="default",to="mail"}': 2,
        'kedge_notifications_waiting{workspace="default",to="hook"}': 0,
        'kedge_notifications_sent_total{workspace="default",to="hook"}': 3,
        'kedge_notifications_failed_total{workspace="default",to="hook"}': 1,
        'kedge_notification_fails{workspace="default",to="hook"}': 0,
    }
