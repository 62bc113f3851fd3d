"""Alarms are looked at, silenced and acknowledged, here and of a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kedge import app
from kedge.domain.alarm import Alarm
from kedge.domain.catalog import MonitoringSchedule, to_record
from kedge.domain.metric import Metric, Point
from kedge.errors import Conflict, NotFound, SettingError
from kedge.interfaces.cli import app as cli
from kedge.interfaces.cli.serve import listening
from kedge.service.alarms.values import Values
from kedge.service.alarms.watching import Watching
from kedge.settings import Settings

NINE = datetime(2026, 11, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
DRIFT = Metric.of("data", "drift", {"Feature": "pay"})
SCHEDULE = MonitoringSchedule(name="hourly", monitoring_job_definition_name="d", schedule_expression="hourly")
FILE = """
alarms:
  age:
    metric: {metric}
    schedule: hourly
    threshold: {threshold}
"""


@pytest.fixture
def watched():
    """An alarm that alarms, one that is fine, one without values, one that nobody has looked at."""
    with app.hub(Settings()) as hub:
        records = hub.records
        records.put(to_record(SCHEDULE), "ann")
        records.points.append([(DRIFT, Point(NINE + n * HOUR, n / 10)) for n in (2, 3, 4)])
        alarms = hub.workspace("ann").alarms
        for name, threshold in (("drift", 0.25), ("calm", 0.5)):
            alarms.declare(
                Alarm(name=name, metric=DRIFT, threshold=threshold, evaluation_periods=3, datapoints_to_alarm=2)
            )
        alarms.declare(Alarm(name="quiet", metric=Metric("data", "other")))
        Watching(records, Values(records, records.points, None)).look(NINE + 5 * HOUR)
        alarms.declare(Alarm(name="worse", rule="drift and not calm", description="Both."))


@pytest.fixture(params=["here", "elsewhere"])
def kedge(request, watched):
    """The command line, over the database and over a server."""
    run = CliRunner().invoke
    if request.param == "here":
        yield lambda *arguments: run(cli, ["alarm", *arguments])
        return
    with listening(Settings(listen="127.0.0.1:0")) as serving:
        serving.start()
        yield lambda *arguments: run(cli, ["alarm", *arguments, "--server", serving.url])
        serving.stop()
        serving.join()


def lines(found) -> dict[str, str]:
    """Return the lines of an output by their first word."""
    assert found.exit_code == 0, found.exception
    return {first: " ".join(rest) for first, *rest in (line.split() for line in found.output.splitlines())}


def test_alarms_are_listed_those_that_alarm_first(kedge):
    found = lines(kedge("list"))
    assert list(found) == ["Alarm", "drift", "quiet", "worse", "calm"]
    assert found["drift"] == "ALARM 2026-11-01T14:00:00Z drift 0.4, 0.3 > 0.25"
    assert found["calm"].endswith("drift 0.4, 0.3, 0.2, alarms > 0.5 in 2 of 3 values")
    assert found["quiet"] == "INSUFFICIENT_DATA – no value of other"
    assert found["worse"] == "INSUFFICIENT_DATA – not evaluated yet"


def test_alarms_are_listed_by_how_they_stand(kedge):
    assert [one["name"] for one in json.loads(kedge("list", "--state", "ok", "--json").output)] == ["calm"]
    assert "Did you mean 'ALARM'" in str(kedge("list", "--state", "ALARMED").exception)


def test_an_alarm_is_shown(kedge):
    found = lines(kedge("show", "drift"))
    assert found["state"] == "ALARM"
    assert found["since"] == "2026-11-01T14:00:00Z, before that INSUFFICIENT_DATA"
    assert found["because"].startswith("Threshold Crossed: 2 out of the last 3 datapoints")
    assert (found["watches"], found["alarms"]) == (
        "Average of drift (Feature=pay) over 60 min",
        "if > 0.25 in 2 of 3 values",
    )
    assert json.loads(kedge("show", "drift", "--json").output)["alert"]["state"] == "ALARM"


def test_an_alarm_is_silenced_and_that_is_seen(kedge):
    before = datetime.now(UTC)
    assert "drift is silent until" in kedge("silence", "drift", "--for", "1d12h", "--reason", "a new model").output
    silence = json.loads(kedge("show", "drift", "--json").output)["silence"]
    assert before + 36 * HOUR <= datetime.fromisoformat(silence["until"]) <= datetime.now(UTC) + 36 * HOUR
    assert "0.25 silent until" in lines(kedge("list"))["drift"]
    assert lines(kedge("show", "drift"))["silent"].endswith(": a new model")
    assert kedge("unsilence", "drift").output == "drift is no longer silent.\n"
    assert kedge("unsilence", "drift").output == "drift is not silent, as before.\n"


def test_an_alarm_is_acknowledged_and_that_is_seen(kedge):
    assert "drift is looked after by" in kedge("acknowledge", "drift", "--reason", "looking").output
    assert "acknowledged by" in lines(kedge("list"))["drift"]
    assert lines(kedge("show", "drift"))["acknowledged"].endswith(": looking")


def test_an_alarm_tells_how_it_stood(kedge):
    found = lines(kedge("history", "drift"))
    assert found["2026-11-01T14:00:00Z"].startswith("ALARM INSUFFICIENT_DATA Threshold Crossed: 2 out of")
    assert [one["state"] for one in json.loads(kedge("history", "drift", "--json").output)] == ["ALARM"]
    assert kedge("history", "quiet").output == "quiet has never gone from one state to another.\n"


WRONG = [
    (("show", "drfit"), NotFound, "no alarm 'drfit'. Did you mean 'drift'? kedge alarm list shows them."),
    (("silence", "drift"), SettingError, "--for: It is not said how long."),
    (("silence", "drift", "--for", "2h", "--until", "2099-01-01"), SettingError, "--for: Both"),
    (("silence", "drift", "--for", "2 hours"), SettingError, "--for: '2 hours' is no duration. Write it like 30m"),
    (("silence", "drift", "--for", "0h"), SettingError, "--for: '0h' is no time at all."),
    (("silence", "drift", "--for", "999999w"), SettingError, "--for: '999999w' is too long."),
    (("silence", "drift", "--until", "2020-01-01"), SettingError, "until: The silence would be over already."),
    (("silence", "drift", "--until", "soon"), SettingError, "'soon' is not a time."),
    (("silence", "drfit", "--for", "2h"), NotFound, "Did you mean 'drift'?"),
    (("acknowledge", "calm"), Conflict, "The alarm 'calm' is OK, so that there is nothing to look after."),
]


@pytest.mark.parametrize(("arguments", "error", "told"), WRONG)
def test_what_cannot_be_is_one_sentence(kedge, arguments, error, told):
    failed = kedge(*arguments).exception
    assert isinstance(failed, error)
    assert told in str(failed)


@pytest.mark.parametrize(
    ("metric", "threshold", "told"),
    [
        ("feature_baseline_drft_age", 0.1, "Did you mean 'feature_baseline_drift_age'?"),
        ("feature_baseline_drift_age", "high", "monitors.yaml:6: alarms.age.threshold: "),
    ],
)
def test_an_alarm_that_cannot_be_is_not_applied(watched, metric, threshold, told):
    Path("monitors.yaml").write_text(FILE.format(metric=metric, threshold=threshold))
    failed = CliRunner().invoke(cli, ["apply", "monitors.yaml"]).exception
    assert told in str(failed)
