"""Alerts of schedules, as the service's classes tell of them (the specification, 8.8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kedge import Client, app
from kedge.domain.catalog import Endpoint, to_record
from kedge.errors import NotFound, SettingError
from kedge.interfaces.cli.serve import listening
from kedge.model_monitor import DefaultModelMonitor
from kedge.service.alarms.values import Values
from kedge.service.alarms.watching import Watching
from kedge.settings import Settings

NINE = datetime(2026, 11, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
GOOD, BAD = "Completed", "CompletedWithViolations"


@pytest.fixture
def monitor():
    """A monitor that has made an hourly schedule."""
    with app.workspace(Settings(), "ann") as workspace:
        workspace.endpoints.declare(Endpoint(name="fraud", captures="captures"))
    made = DefaultModelMonitor(role="role")
    made.create_monitoring_schedule("fraud", monitor_schedule_name="hourly", constraints="constraints.json")
    return made


def ran(*verdicts: str, first: datetime = NINE) -> None:
    """Have an execution end in each hour, and the alarms be looked at after each."""
    with app.hub(Settings()) as hub:
        here, records = hub.workspace("worker"), hub.records
        schedule = replace(here.schedules.get("hourly"), schedule_expression="hourly")
        for hour, status in enumerate(verdicts):
            slot = first + hour * HOUR
            [made] = here.executions.backfill(schedule, slot - HOUR, slot)
            here.executions.change(made.name, lambda one, status=status: replace(one, status=status))
            Watching(records, Values(records, records.points, None)).look(slot, schedules=["hourly"])


def test_a_schedule_owns_an_alert_of_each_execution(monitor):
    [alert], following = monitor.list_monitoring_alerts()
    assert (alert.alert_name, alert.alert_status, following) == ("hourly", "OK", None)
    assert (alert.data_points_to_alert, alert.evaluation_period) == (1, 1)
    assert alert.actions.model_dashboard_indicator.enabled
    assert alert.creation_time <= alert.last_modified_time <= datetime.now(UTC)


# The specification's example: two of the last three, also where there are but two.
@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ((BAD,), "OK"),
        ((BAD, BAD), "InAlert"),
        ((BAD, BAD, GOOD), "InAlert"),
        ((BAD, BAD, GOOD, GOOD), "OK"),
        ((BAD, GOOD, BAD), "InAlert"),
    ],
)
def test_two_of_three_executions_alert(monitor, verdicts, status):
    monitor.update_monitoring_alert("hourly", data_points_to_alert=2, evaluation_period=3)
    ran(*verdicts)
    [alert], _ = monitor.list_monitoring_alerts()
    assert (alert.alert_status, alert.data_points_to_alert, alert.evaluation_period) == (status, 2, 3)


def test_alerts_of_a_server_elsewhere_are_the_same(monitor):
    ran(BAD)
    with listening(Settings(listen="127.0.0.1:0")) as serving:
        serving.start()
        with Client(serving.url) as client:
            other = DefaultModelMonitor.attach("hourly", client)
            other.update_monitoring_alert("hourly", 1, 2)
            assert other.list_monitoring_alerts() == monitor.list_monitoring_alerts()
            assert other.list_monitoring_alert_history() == monitor.list_monitoring_alert_history()
        serving.stop()
        serving.join()


def test_what_is_not_said_of_an_alert_stays(monitor):
    monitor.update_monitoring_alert("hourly", None, 5)
    monitor.update_monitoring_alert("hourly", 3, None)
    [alert], _ = monitor.list_monitoring_alerts()
    assert (alert.data_points_to_alert, alert.evaluation_period) == (3, 5)


def test_the_history_tells_of_each_time_that_the_status_went(monitor):
    ran(GOOD, BAD, BAD, GOOD, BAD)
    found, _ = monitor.list_monitoring_alert_history()
    assert [(one.alert_status, (one.creation_time - NINE) // HOUR) for one in found] == [
        ("InAlert", 4),
        ("OK", 3),
        ("InAlert", 1),
    ]
    oldest, _ = monitor.list_monitoring_alert_history(sort_order="Ascending")
    assert oldest == found[::-1]


def test_the_history_is_told_in_part_and_in_pages(monitor):
    ran(BAD, GOOD, BAD, GOOD, BAD)
    history = monitor.list_monitoring_alert_history
    assert [one.alert_status for one in history(sort_by="Status", sort_order="Ascending")[0]] == ["InAlert"] * 3 + [
        "OK"
    ] * 2
    between, _ = history(
        "hourly", creation_time_after=NINE, creation_time_before="2026-11-01T13:00:00Z", status_equals="OK"
    )
    assert [one.creation_time for one in between] == [NINE + 3 * HOUR, NINE + HOUR]
    first, following = history(max_results=3)
    assert (history(next_token=following, max_results=3)[1], len(first)) == (None, 3)
    assert first + history(next_token=following)[0] == history()[0]
    assert history("other") == ([], None)


def test_of_a_schedule_that_was_declared_otherwise_an_alert_is_made_when_it_is_named(monitor):
    with app.workspace(Settings(), "ann") as workspace:
        workspace.schedules.create(replace(workspace.schedules.get("hourly"), name="other"))
    other = DefaultModelMonitor.attach("other")
    assert other.list_monitoring_alerts() == ([], None)
    other.update_monitoring_alert("other", 2, 3)
    assert [one.alert_name for one in other.list_monitoring_alerts()[0]] == ["other"]


def test_an_alert_goes_with_its_schedule(monitor):
    monitor.delete_monitoring_schedule()
    with app.workspace(Settings(), "ann") as workspace:
        assert workspace.alarms.list() == []


def test_an_alarm_of_the_name_of_a_schedule_stays_what_it_is(monitor):
    with app.workspace(Settings(), "ann") as workspace:
        alarm = workspace.alarms.declare(replace(workspace.alarms.get("hourly"), name="daily", description="Ours."))
        DefaultModelMonitor().create_monitoring_schedule(
            "fraud", monitor_schedule_name="daily", constraints="constraints.json"
        )
        assert workspace.alarms.get("daily") == alarm


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda one: one.update_monitoring_alert("hurly", 1, 1), NotFound, "has no alert 'hurly'. Its own is 'hourly'"),
        (lambda one: one.update_monitoring_alert("hourly", 3, 2), SettingError, "3 is not between 1 and 2"),
        (lambda one: one.update_monitoring_alert("hourly", 1, 101), SettingError, "101 is not between 1 and 100"),
        (lambda one: one.update_monitoring_alert("hourly", None, None), SettingError, "Nothing is to be changed"),
        (lambda one: one.list_monitoring_alerts("x"), SettingError, "no token of a page"),
        (lambda one: one.list_monitoring_alerts(max_results=0), SettingError, "0 is not between 1 and 100"),
        (lambda one: one.list_monitoring_alert_history(sort_by="Time"), SettingError, "There is no 'Time'"),
        (lambda one: one.list_monitoring_alert_history(status_equals="ALARM"), SettingError, "There is no 'ALARM'"),
        (lambda _: DefaultModelMonitor().list_monitoring_alerts(), NotFound, "made no schedule"),
    ],
)
def test_what_cannot_be_is_one_sentence(monitor, call, error, told):
    with pytest.raises(error) as failed:
        call(monitor)
    assert told in str(failed.value)


def test_an_alert_is_kept_as_an_alarm_on_executions(monitor):
    with app.workspace(Settings(), "ann") as workspace:
        [alarm] = workspace.alarms.list()
    assert (alarm.name, alarm.executions_of, to_record(alarm).parent) == ("hourly", "hourly", "hourly")
