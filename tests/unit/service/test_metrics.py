"""What executions leave is published once, under the service's names, namespaces and dimensions."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.adapters.stores.local import Local
from kedge.analysis.attribution.summary import AttributionSummary
from kedge.analysis.batch import column
from kedge.analysis.profile import Feature, Profile
from kedge.analysis.report import Summary
from kedge.app import FixedClock
from kedge.domain.catalog import Baseline, Execution, JobDefinition, to_record
from kedge.domain.metric import Metric, Point
from kedge.domain.window import Window
from kedge.errors import InputError
from kedge.reading.documents import write_profiles
from kedge.service.metrics.publishing import Publishing

NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DATA, MODEL = "aws/sagemaker/Endpoints/data-metrics", "aws/sagemaker/Endpoints/model-metrics"
BIAS, EXPLAINED = "aws/sagemaker/Endpoints/bias-metrics", "aws/sagemaker/Endpoints/explainability-metrics"
JOBS = "AWS/SageMaker/ProcessingJob"
OURS = {"Endpoint": "fraud", "MonitoringSchedule": "hourly"}
MADE = {"kedge": "1.0", "created": "2024-05-01T12:00:00Z"}
DRIFT = {"age": {"distance": 0.31, "threshold": 0.1, "method": "Robust"}}


@pytest.fixture
def records(tmp_path):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield records
    records.close()


@pytest.fixture
def publish(records):
    """Publish what has ended, as of a time, and return how many executions that were."""

    def publish(now=NINE + HOUR, store=None):
        return Publishing(records, records.points, store or Local(), FixedClock(now), 63, 455).once()

    return publish


@pytest.fixture
def ended(records, tmp_path):
    """Put an execution that has ended and left these files."""

    def ended(files=None, slot=NINE, revision=1, **told):
        report = tmp_path / f"{slot:%H}-{revision}"
        for name, content in (files or {}).items():
            (report / name).parent.mkdir(parents=True, exist_ok=True)
            (report / name).write_bytes(content)
        defaults = {
            "status": "CompletedWithViolations",
            "violations": 2,
            "report": str(report),
            "endpoint_name": "fraud",
        }
        execution = Execution(
            name=f"hourly-{slot:%Y%m%d%H}-{revision}",
            monitoring_schedule_name="hourly",
            monitoring_job_definition_name="job",
            scheduled_time=slot,
            window=Window(slot - HOUR, slot),
            revision=revision,
            start_time=slot + timedelta(minutes=5),
            end_time=slot + timedelta(minutes=7),
            **{**defaults, **told},
        )
        return records.put(to_record(execution), "")

    return ended


def profile(values=(18, 60, 22, None)) -> bytes:
    return write_profiles((Profile(rows=len(values), features={"age": Feature().update(column(list(values)))}),))


def data_quality(values=(18, 60, 22, None)) -> dict[str, bytes]:
    return {"profile.json": profile(values), "report.json": Summary(**MADE, distances=DRIFT).model_dump_json().encode()}


def told(records, namespace: str) -> dict[str, float]:
    latest = [one for one in records.points.latest() if one.metric.namespace == namespace]
    return {one.metric.name: one.point.value for one in latest}


def test_who_watches_is_told_of_what_is_published_once(records, ended):
    ended(data_quality())
    heard = []
    for _ in range(2):
        clock, hear = FixedClock(NINE), lambda *told: heard.append(told)
        Publishing(records, records.points, Local(), clock, 63, 455, hear).once()
    assert [schedule for schedule, _ in heard] == ["hourly"]
    assert {metric.name for metric in heard[0][1]} >= {"feature_baseline_drift_age", "violations"}


def test_who_watches_is_told_of_an_execution_whose_points_are_too_old_to_keep(records, ended):
    ended(data_quality())
    heard = []
    clock, hear = FixedClock(NINE + timedelta(days=456)), lambda *told: heard.append(told)
    Publishing(records, records.points, Local(), clock, 63, 455, hear).once()
    assert heard == [("hourly", ())]


def test_data_quality_publishes_counts_and_the_distance_of_every_feature(records, ended, publish):
    ended(data_quality())
    assert publish() == 1
    assert told(records, DATA) == {
        "feature_data_age": 100,
        "feature_non_null_age": 3,
        "feature_null_age": 1,
        "feature_completeness_age": 0.75,
        "feature_estimated_unique_values_age": 3,
        "feature_fractional_counts_age": 0,
        "feature_integral_counts_age": 3,
        "feature_string_counts_age": 0,
        "feature_boolean_counts_age": 0,
        "feature_unknown_counts_age": 1,
        "feature_baseline_drift_age": 0.31,
        "violations": 2,
        "data_quality_constraint_violations": 2,
    }


def test_a_feature_has_its_name_as_a_dimension_and_the_start_of_its_window_as_its_time(records, ended, publish):
    ended(data_quality())
    publish()
    asked = Metric.of(DATA, "feature_data_age", {**OURS, "Feature": "age"})
    [latest] = [one for one in records.points.latest() if one.metric == asked]
    point = latest.point
    assert (point.time, point.count, point.minimum, point.maximum) == (NINE - HOUR, 3, 18, 60)


def test_a_feature_of_texts_has_no_figures(records, ended, publish):
    ended(data_quality(["a", "b", "a", None]))
    publish()
    assert "feature_data_age" not in told(records, DATA)
    assert told(records, DATA)["feature_string_counts_age"] == 3


def test_variants_count_together(records, ended, publish):
    feature = Feature().update(column([1, 2]))
    profiles = tuple(Profile(rows=2, variant=name, features={"age": feature}) for name in "ab")
    ended({**data_quality(), "profile.json": write_profiles(profiles)})
    publish()
    assert (told(records, DATA)["feature_data_age"], told(records, DATA)["feature_non_null_age"]) == (6, 4)


def test_model_quality_publishes_its_metrics_by_their_names(records, ended, publish):
    block = {"mae": {"value": 2.0, "standard_deviation": 0.5}, "rmse": {"value": 3.0}}
    statistics = {"dataset": {"item_count": 40}, "regression_metrics": block}
    ended({"statistics.json": json.dumps(statistics).encode()}, monitoring_type="ModelQuality")
    publish()
    assert told(records, MODEL) == {"mae": 2, "rmse": 3, "violations": 2}


def test_bias_names_stage_label_and_facet_and_writes_infinity_as_a_number(records, ended, publish):
    metrics = [{"name": "DI", "value": "Infinity"}, {"name": "DPPL", "value": 0.2}, {"name": "AD", "error": "none"}]
    facets = {"sex": [{"value_or_threshold": "F", "metrics": metrics}]}
    section = {"label": "paid", "label_value_or_threshold": "1", "facets": facets}
    analysis = {"version": "1.0", "post_training_bias_metrics": section}
    ended({"analysis.json": json.dumps(analysis).encode()}, monitoring_type="ModelBias", violations=None)
    publish()
    assert told(records, BIAS) == {"bias_metric_DI": 2.348543e108, "bias_metric_DPPL": 0.2}
    whose = {"BiasStage": "Post-Training", "Label": "paid", "LabelValue": "1", "Facet": "sex", "FacetValue": "F"}
    assert Metric.of(BIAS, "bias_metric_DI", {**OURS, **whose}) in records.points.metrics()


def test_attribution_publishes_values_the_expected_value_and_the_ndcg(records, ended, publish):
    sides = {"value": 0.4, "share": 0.8, "rank": 1}
    label = {"ndcg": 0.7, "threshold": 0.9, "expected_value": 0.1, "features": {"age": sides}}
    summary = AttributionSummary(**MADE, labels={"paid": label}).model_dump_json().encode()
    ended({"report.json": summary}, monitoring_type="ModelExplainability", violations=None)
    publish()
    assert told(records, EXPLAINED) == {"feature_age": 0.4, "ExpectedValue": 0.1, "ndcg": 0.7}
    whose = {"ExplainabilityMethod": "KernelShap", "Label": "paid", "ValueType": "GlobalShapValues"}
    assert Metric.of(EXPLAINED, "feature_age", {**OURS, **whose}) in records.points.metrics()


def test_an_analyzer_that_is_not_ours_publishes_the_lines_it_left(records, ended, publish):
    numbers = {"SampleCount": 10, "Sum": 400, "Minimum": 18, "Maximum": 60}
    line = {"MetricName": "mine", "Timestamp": "2024-05-01T08:30:00Z", "StatisticValues": numbers}
    other = {"MetricName": "yours", "Value": 7, "Dimensions": [{"Name": "Part", "Value": "a"}]}
    lines = [json.dumps(line), "no JSON", json.dumps({"Value": 1}), json.dumps(other), json.dumps([1])]
    ended({"metrics/cloudwatch/a.jsonl": "\n".join(lines).encode()}, monitoring_type="Custom", violations=None)
    publish()
    assert told(records, DATA) == {"mine": 400, "yours": 7}
    assert Metric.of(DATA, "yours", {**OURS, "Part": "a"}) in records.points.metrics()


def test_the_metrics_of_a_dataset_are_those_of_batches(records, ended, publish):
    ended(data_quality(), endpoint_name=None, dataset_name="orders")
    publish()
    batch = [metric for metric in records.points.metrics() if metric.namespace.startswith("aws/")]
    assert {metric.namespace for metric in batch} == {"aws/sagemaker/ModelMonitoring/data-metrics"}
    assert all(("MonitoringSchedule", "hourly") in metric.dimensions for metric in batch)


def test_an_execution_that_failed_tells_that_alone(records, ended, publish):
    ended(status="Failed", violations=None, report=None)
    publish()
    assert (told(records, JOBS), told(records, DATA)) == ({"Failures": 1}, {})
    assert told(records, "kedge") == {"execution_seconds": 120}


def test_what_programs_for_the_service_watch_is_published_by_the_schedules_name(records, ended, publish):
    ended(data_quality())
    publish()
    assert told(records, JOBS) == {"Failures": 0, "constraint_violations": 2}
    assert Metric.of(JOBS, "Failures", {"ProcessingJobName": "hourly"}) in records.points.metrics()


def test_an_execution_is_published_once(records, ended, publish):
    ended(data_quality())
    assert [publish(), publish()] == [1, 0]
    assert {one.times for one in records.points.latest()} == {1}


def test_a_window_that_is_judged_again_has_the_later_figures(records, ended, publish):
    ended(data_quality())
    ended(data_quality([1, 2]), revision=2, violations=0)
    assert publish() == 2
    assert (told(records, DATA)["feature_data_age"], told(records, DATA)["violations"]) == (3, 0)


def test_nothing_of_the_data_is_published_where_the_definition_says_so(records, ended, publish):
    job = JobDefinition(name="job", environment={"publish_cloudwatch_metrics": "Disabled"})
    records.put(to_record(job), "")
    ended(data_quality())
    publish()
    assert told(records, DATA) == {"violations": 2, "data_quality_constraint_violations": 2}


def test_nothing_of_the_data_is_published_where_the_constraints_say_so(records, ended, publish, tmp_path):
    (tmp_path / "constraints.json").write_text('{"monitoring_config": {"emit_metrics": "Disabled"}}')
    records.put(to_record(Baseline(name="normal", version=1, url=str(tmp_path))), "")
    ended(data_quality(), baseline="normal:1")
    publish()
    assert told(records, DATA) == {"violations": 2, "data_quality_constraint_violations": 2}


class Away(Local):
    """A store that is not there."""

    def read(self, url):
        raise InputError("away", file=url)


def test_a_report_that_cannot_be_read_is_tried_again_and_holds_up_no_other(records, ended, publish, monkeypatch):
    monkeypatch.setattr("kedge.service.metrics.publishing.OVERLAP", timedelta())
    ended(data_quality())
    ended(status="Failed", slot=NINE + HOUR, violations=None, report=None)
    assert [publish(store=Away()), publish(store=Away()), publish()] == [1, 0, 1]
    assert told(records, DATA)["feature_non_null_age"] == 3


def test_a_report_that_is_broken_for_a_day_leaves_its_counts(records, ended, publish, monkeypatch):
    monkeypatch.setattr("kedge.service.metrics.publishing.PATIENCE", timedelta())
    ended(data_quality() | {"report.json": b"{"})
    assert [publish(), publish()] == [1, 0]
    assert told(records, DATA) == {"violations": 2, "data_quality_constraint_violations": 2}


def test_old_points_are_merged(records, publish):
    metric = Metric("data", "drift")
    records.points.append([(metric, Point(NINE + timedelta(minutes=n), 1)) for n in range(60)])
    seen = []
    for days in (62, 64):
        publish(NINE + days * DAY)
        seen.append(len(records.points.query(metric, NINE, NINE + HOUR, 60, "Sum")))
    assert seen == [60, 1]


def test_old_points_are_forgotten(records, ended, publish):
    ended(data_quality())
    publish(NINE + 454 * DAY)
    assert records.points.metrics()
    publish(NINE + 456 * DAY)
    assert records.points.metrics() == []


def test_what_is_older_than_what_is_kept_is_not_published(records, ended, publish):
    ended(data_quality())
    assert publish(NINE + 456 * DAY) == 0
