"""What was published is listed and drawn, here and of a server, and offered to Prometheus."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from kedge import app
from kedge.domain.access import WorkspaceSettings
from kedge.domain.metric import Metric, Point
from kedge.interfaces.cli import app as cli
from kedge.interfaces.cli.serve import listening
from kedge.settings import Settings

from ..asking import asked

NINE = datetime(2026, 11, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DATA = "aws/sagemaker/Endpoints/data-metrics"
TO = "2026-11-01T15:00:00Z"


@pytest.fixture
def published():
    """Drift of two features for six hours, one of them missing."""
    with app.hub(Settings()) as hub:
        for name in ("age", "pay"):
            whose = {"Endpoint": "fraud", "MonitoringSchedule": "hourly", "Feature": name}
            metric = Metric.of(DATA, f"feature_baseline_drift_{name}", whose)
            hub.records.points.append([(metric, Point(NINE + n * HOUR, n / 10)) for n in (0, 1, 2, 4, 5)])


@pytest.fixture(params=["here", "elsewhere"])
def kedge(request, published):
    """The command line, over the database and over a server."""
    run = CliRunner().invoke
    if request.param == "here":
        yield lambda *arguments: run(cli, ["metric", *arguments])
        return
    with listening(Settings(listen="127.0.0.1:0")) as serving:
        serving.start()
        yield lambda *arguments: run(cli, ["metric", *arguments, "--server", serving.url])
        serving.stop()
        serving.join()


def test_metrics_are_listed(kedge):
    found = kedge("list", "--feature", "age", "--json")
    [metric] = json.loads(found.output)
    assert (metric["name"], metric["namespace"]) == ("feature_baseline_drift_age", DATA)
    assert "feature_baseline_drift_pay" in kedge("list", "--endpoint", "fraud").output


def test_a_metric_is_drawn(kedge):
    drawn = kedge("query", "--endpoint", "fraud", "--name", "feature_baseline_drift_age", "--last", "6h", "--to", TO)
    assert "▁▂▄·▇█" in drawn.output, drawn.output
    assert drawn.output.split()[-3:] == ["0.5", "0", "0.5"]


def test_a_metric_is_told_as_json(kedge):
    asked = ("query", "--name", "feature_baseline_drift_age", "--last", "6h", "--to", TO, "--json")
    [found] = json.loads(kedge(*asked, "--period", "3h", "--statistic", "Sum").output)
    assert [point["value"] for point in found["points"]] == pytest.approx([0.3, 0.9])


def test_a_metric_is_understood_by_the_other_spellings_of_the_service(kedge):
    whose = ("--dimension", "EndpointName=fraud", "--dimension", "ScheduleName=hourly")
    asked = ("--namespace", "/aws/sagemaker/Endpoint/data-metric", "--name", "feature_baseline_drift_age", *whose)
    [found] = json.loads(kedge("query", *asked, "--last", "6h", "--to", TO, "--json").output)
    assert (found["namespace"], len(found["points"])) == (DATA, 5)


def test_a_metric_that_is_not_there_is_one_sentence_with_the_nearest(kedge):
    failed = kedge("query", "--name", "feature_baseline_drift_agee")
    assert "Did you mean 'feature_baseline_drift_age'" in str(failed.exception)


def scraped(url: str, token: str | None = None) -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/metrics", headers=headers)) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return answer.read().decode()


def test_prometheus_is_told_the_latest_of_every_feature(published):
    with listening(Settings(listen="127.0.0.1:0")) as serving:
        serving.start()
        text = scraped(serving.url)
        serving.stop()
        serving.join()
    whose = 'workspace="default",endpoint="fraud",feature="age",schedule="hourly"'
    assert f"kedge_feature_baseline_drift{{{whose}}} 0.5\n" in text
    assert 'kedge_queue_waiting{workspace="default"} 0\n' in text


def test_prometheus_is_told_what_its_token_may_see(tmp_path):
    url = f"sqlite:///{tmp_path}/kedge.db"
    with asked(url) as local:
        tokens, hub = local.serving.hub.tokens("ann"), local.serving.hub
        hub.workspaces("ann").declare(WorkspaceSettings(name="risk"))
        shown = {name: tokens.issue(name, "viewer", name)[1] for name in ("default", "risk", "*")}
        shown["other"] = tokens.issue("other", "viewer", "*", ("events",))[1]
    with asked(url, "0.0.0.0:0") as everywhere:
        at = everywhere.serving.url.replace("0.0.0.0", "127.0.0.1")
        seen = {
            name: set(re.findall(r'workspace="(\w+)"', scraped(at, shown[name]))) for name in shown if name != "other"
        }
        assert seen == {"default": {"default"}, "risk": {"risk"}, "*": {"default", "risk"}}
        for token, status in ((None, 401), (shown["other"], 403)):
            with pytest.raises(urllib.error.HTTPError, match=str(status)):
                scraped(at, token)
