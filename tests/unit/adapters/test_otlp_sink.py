"""Points arrive at a collector as the families and labels of ``/metrics``, each with its own time."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.sinks import otlp, sinks
from kedge.domain.metric import Fed, Latest, Metric, Point, Sent
from kedge.errors import MissingDependency, SettingError, Unavailable

from ...collector import collecting

NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DATA = "aws/sagemaker/Endpoints/data-metrics"
OURS = {"Endpoint": "fraud", "MonitoringSchedule": "hourly"}
DRIFT = Metric.of(DATA, "feature_baseline_drift_age", {**OURS, "Feature": "age"})
AGES = Metric.of(DATA, "feature_data_age", {**OURS, "Feature": "age"})
FAILED = Metric.of("AWS/SageMaker/ProcessingJob", "Failures", {"ProcessingJobName": "hourly"})


@pytest.fixture
def collector():
    with collecting() as collector:
        yield collector


@pytest.fixture
def sink(collector):
    return sinks(f"otlp:{collector.url}")[f"otlp:{collector.url}"]


def fed(*data, times=1, ever=None):
    known = [Latest(metric, point, times, point.value if ever is None else ever) for metric, point in data]
    return [Fed(number, False, one) for number, one in enumerate(known, 1)]


def nanoseconds(time: datetime) -> int:
    return int(time.timestamp()) * 10**9


def test_a_point_arrives_as_its_family_with_its_labels_and_its_own_time(sink, collector):
    assert sink.send("default", fed((DRIFT, Point(NINE, 0.3)), (DRIFT, Point(NINE + HOUR, 0.4)))) == Sent(2)
    labels = {"workspace": "default", "endpoint": "fraud", "schedule": "hourly", "feature": "age"}
    assert list(collector.points()) == [
        ("kedge_feature_baseline_drift", labels, nanoseconds(NINE), 0.3, "gauge"),
        ("kedge_feature_baseline_drift", labels, nanoseconds(NINE + HOUR), 0.4, "gauge"),
    ]
    assert collector.path == "/v1/metrics"


def test_a_point_of_many_numbers_is_several_families(sink, collector):
    sink.send("default", fed((AGES, Point(NINE, 40, 4, 1, 20))))
    told = {name: value for name, _, _, value, _ in collector.points()}
    assert told == {"kedge_feature_mean": 10, "kedge_feature_min": 1, "kedge_feature_max": 20}


def test_counters_are_sums_since_ever_so_that_one_sent_twice_counts_once(sink, collector):
    for _ in range(2):
        sink.send("default", fed((FAILED, Point(NINE, 1)), times=7, ever=3))
    told = {(name, value, kind) for name, _, _, value, kind in collector.points()}
    assert told == {("kedge_executions_total", 7, "sum"), ("kedge_execution_failures_total", 3, "sum")}
    [metric] = [m for m in collector.messages[0].resource_metrics[0].scope_metrics[0].metrics if "failures" in m.name]
    assert (metric.sum.is_monotonic, metric.sum.aggregation_temporality) == (True, 2)  # cumulative


def test_what_has_no_family_is_not_sent(sink, collector):
    other = Metric.of(DATA, "mine", {**OURS, "Request": "1"})
    assert sink.send("default", fed((other, Point(NINE, 1)))) == Sent(1)
    assert collector.messages == []


def test_points_that_a_collector_rejects_are_counted(sink, collector):
    collector.answer.partial_success.rejected_data_points = 2
    assert sink.send("default", fed(*((DRIFT, Point(NINE + n * HOUR, n)) for n in range(5)))) == Sent(5, 2)


def test_what_a_collector_cannot_read_is_left_out(sink, collector):
    collector.status = 400
    assert sink.send("default", fed((DRIFT, Point(NINE, 1)))) == Sent(1, 1)


@pytest.mark.parametrize("status", [401, 404, 503])
def test_what_may_be_taken_later_is_not_left_out(collector, status, caplog, monkeypatch):
    monkeypatch.setattr(otlp, "SECONDS", 0.3)
    collector.status = status
    caplog.set_level(logging.DEBUG, "opentelemetry")
    with pytest.raises(Unavailable, match=f"It answers {status}"):
        otlp.otlp(collector.url).send("default", fed((DRIFT, Point(NINE, 1))))
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_collector_that_says_nothing_is_given_up(collector, monkeypatch):
    monkeypatch.setattr(otlp, "SECONDS", 0.3)
    collector.let_go.clear()
    with pytest.raises(Unavailable, match="does not answer"):
        otlp.otlp(collector.url).send("default", fed((DRIFT, Point(NINE, 1))))


def test_headers_and_the_address_are_those_of_its_own_variables(collector, monkeypatch):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20token")
    sinks("otlp")["otlp"].send("default", fed((DRIFT, Point(NINE, 1))))
    assert collector.headers["authorization"] == "Bearer token"
    assert collector.values("kedge_feature_baseline_drift") == [1]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("cloudwach", r"There is no sink 'cloudwach'\. Did you mean 'cloudwatch'\? Known: cloudwatch, otlp"),
        ("otlp:collector:4318", r"'collector:4318' is no address of a collector\. Write https://collector:4318"),
        ("otlp:https://ann:s3cr3t@collector", r"holds a password\. Put it into OTEL_EXPORTER_OTLP_HEADERS"),
        ("otlp, otlp", "named twice"),
        ("cloudwatch:eu-west-1", "takes no address, found 'eu-west-1'"),
    ],
)
def test_a_setting_that_names_no_sink_is_one_sentence(setting, said):
    with pytest.raises(SettingError, match=f"^metric_sinks: .*{said}") as failed:
        sinks(setting)
    assert "s3cr3t" not in str(failed.value)


@pytest.mark.parametrize(
    ("sink", "package"), [("otlp", "opentelemetry.exporter.otlp.proto.http"), ("cloudwatch", "boto3")]
)
def test_a_package_that_is_missing_is_named_with_the_command_that_adds_it(monkeypatch, sink, package):
    monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(MissingDependency, match=r"Run: pip install 'kedge\[(otel|cloudwatch)\]'"):
        sinks(sink)


def test_nothing_is_loaded_where_no_sink_is_set():
    assert sinks(None) == sinks("") == {}
