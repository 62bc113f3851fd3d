"""Points arrive at a server that speaks the protocol of CloudWatch, and statistics there are those here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto.server import ThreadedMotoServer

from kedge.adapters.databases.sql import Sql
from kedge.adapters.sinks import sinks
from kedge.domain.metric import Fed, Latest, Metric, Point, Sent
from kedge.errors import SettingError, Unavailable
from kedge.service.metrics.sending import Sending

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC)
NINE = NOW.replace(minute=0, second=0, microsecond=0) - 6 * HOUR
DATA = "aws/sagemaker/Endpoints/data-metrics"
OURS = {"Endpoint": "fraud", "MonitoringSchedule": "hourly"}
DRIFT = Metric.of(DATA, "feature_baseline_drift_age", {**OURS, "Feature": "age"})
AGES = Metric.of(DATA, "feature_data_age", {**OURS, "Feature": "age"})
SECONDS = Metric.of("kedge", "execution_seconds", OURS)
STATISTICS = ["Sum", "Average", "Minimum", "Maximum", "SampleCount"]


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(server, monkeypatch):
    """CloudWatch with nothing in it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    urlopen(Request(f"{server}/moto-api/reset", method="POST"), timeout=10).close()
    return boto3.client("cloudwatch")


@pytest.fixture
def sink(client):
    return sinks("cloudwatch")["cloudwatch"]


def fed(*data, again=False):
    return [Fed(n, again, Latest(metric, point, 1, point.value)) for n, (metric, point) in enumerate(data, 1)]


def sent(sink, data):
    """Send all, and return what was done with each request."""
    done = []
    while data:
        done.append(sink.send("default", data))
        data = data[done[-1].done :]
    return done


def told(client):
    return sorted(metric["MetricName"] for metric in client.list_metrics()["Metrics"])


def there(client, metric, statistic):
    whose = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    asked = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": whose, "Statistics": [statistic]}
    found = client.get_metric_statistics(**asked, StartTime=NINE, EndTime=NOW, Period=3600)
    return {point["Timestamp"]: point[statistic] for point in found["Datapoints"]}


def test_what_arrives_is_what_a_query_tells(client, sink, tmp_path):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    sending = Sending("cloudwatch", sink, "default", records, records.feed)
    sending.once()
    data = [(DRIFT, Point(NINE + n * HOUR, n / 7)) for n in range(5)]
    data += [(AGES, Point(NINE + n * HOUR, 400.0 + n, 10, 18, 60 + n)) for n in range(5)]
    replace(records.points, feed=records.feed).append([*data, (SECONDS, Point(NINE, 120))])
    while sending.once():
        pass
    for metric, statistic in [(metric, name) for metric in (DRIFT, AGES, SECONDS) for name in STATISTICS]:
        here = records.points.query(metric, NINE, NOW, 3600, statistic)
        assert there(client, metric, statistic) == pytest.approx({point.time: point.value for point in here})
    records.close()


def test_points_of_a_namespace_go_at_once_a_thousand_at_most(client, sink):
    data = [(Metric(DATA, f"m{n}"), Point(NINE, n)) for n in range(1_200)] + [(SECONDS, Point(NINE, 1))]
    assert [one.done for one in sent(sink, fed(*data))] == [1_000, 200, 1]


def test_a_request_is_no_larger_than_is_taken(sink, monkeypatch):
    sizes = []
    monkeypatch.setattr(sink.client, "put_metric_data", lambda **told: sizes.append(len(told["MetricData"])))
    long = [(Metric.of(DATA, f"m{n}", {f"d{i}": "&" * 1_000 for i in range(7)}), Point(NINE, 1)) for n in range(100)]
    sent(sink, fed(*long))
    assert (sum(sizes), max(sizes) * 7 * 3_000 < 1_000_000) == (100, True)


def test_what_is_too_old_or_in_other_letters_is_left_out_and_counted(client, sink):
    old = [(DRIFT, Point(NOW - timedelta(days=15), 1)), (DRIFT, Point(NOW + timedelta(days=1), 1))]
    foreign = Metric.of(DATA, "feature_null_größe", {**OURS, "Feature": "größe"})
    assert sink.send("default", fed(*old, (foreign, Point(NINE, 1)), (SECONDS, Point(NINE, 1)))) == Sent(4, 3)
    assert told(client) == ["execution_seconds"]


def test_a_later_figure_of_a_window_does_not_count_besides(client, sink):
    sink.send("default", fed((DRIFT, Point(NINE, 1))))
    assert sink.send("default", fed((DRIFT, Point(NINE, 2)), again=True)) == Sent(1)
    assert there(client, DRIFT, "Sum") == {NINE: 1}


def test_a_namespace_that_nobody_else_may_publish_in_is_left_out(client, sink):
    reserved = Metric("AWS/SageMaker/ProcessingJob", "Failures")
    assert sink.send("default", fed((reserved, Point(NINE, 1)))) == Sent(1)
    assert told(client) == []


def test_another_workspace_is_a_dimension(client, sink):
    sink.send("risk", fed((SECONDS, Point(NINE, 1))))
    assert {"Name": "Workspace", "Value": "risk"} in client.list_metrics()["Metrics"][0]["Dimensions"]


class Refusing:
    """Takes nothing that holds a number, and tells how it says so."""

    def __init__(self, number: float | None, error: Exception):
        self.number, self.error, self.taken = number, error, []

    def put_metric_data(self, **told):
        values = [datum["Value"] for datum in told["MetricData"]]
        if self.number is None or self.number in values:
            raise self.error
        self.taken += values


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutMetricData")


def test_of_many_points_the_one_that_is_refused_is_left_out_alone(sink):
    sink.client = Refusing(37, refusal("InvalidParameterValue"))
    done = sent(sink, fed(*((Metric(DATA, f"m{n}"), Point(NINE, n)) for n in range(100))))
    assert (sum(one.left_out for one in done), sink.client.taken) == (1, [n for n in range(100) if n != 37])


def test_a_point_that_cannot_even_be_sent_is_left_out_alone(client, sink):
    done = sent(sink, fed((Metric(DATA, ""), Point(NINE, 1)), (Metric(DATA, "mine"), Point(NINE, 1))))
    assert (sum(one.left_out for one in done), told(client)) == (1, ["mine"])


@pytest.mark.parametrize("error", [refusal("Throttling"), refusal("AccessDenied"), ReadTimeoutError(endpoint_url="x")])
def test_what_may_be_taken_later_is_not_left_out(sink, error):
    sink.client = Refusing(None, error)
    with pytest.raises(Unavailable, match="takes no points"):
        sink.send("default", fed((DRIFT, Point(NINE, 1))))


def test_a_server_that_is_away_is_told(sink, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH", "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="Could not connect"):
        sinks("cloudwatch")["cloudwatch"].send("default", fed((DRIFT, Point(NINE, 1))))


def test_infinity_is_the_largest_number_that_is_taken(client, sink):
    sink.send("default", fed((DRIFT, Point(NINE, -2.348543e108))))
    assert there(client, DRIFT, "Minimum") == {NINE: -(2.0**360)}


def test_a_region_that_nobody_named_is_one_sentence(monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingError, match=r"metric_sinks: The sink cloudwatch: .*region.*AWS_DEFAULT_REGION"):
        sinks("cloudwatch")
