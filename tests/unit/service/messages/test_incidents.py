"""What a message says of an alarm: by the execution that its value is of, and the worst features of its report."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kedge.domain.alarm import Alarm
from kedge.domain.catalog import MonitoringSchedule, pending_execution, to_record
from kedge.domain.group import Telling
from kedge.domain.window import Window
from kedge.errors import InputError
from kedge.service.messages.incidents import Incidents, worst
from kedge.service.messages.places import Places

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCHEDULE = MonitoringSchedule(
    name="hourly", monitoring_job_definition_name="d", endpoint_name="fraud", schedule_expression="hourly"
)
REPORT = b"""{"kedge": "0", "created": "", "monitor": "data-quality", "findings": [
    {"feature_name": "a", "constraint_check_type": "extra_column_check", "description": "is new"},
    {"feature_name": "b", "constraint_check_type": "missing_column_check", "description": "is gone"}]}"""


class Store:
    def read(self, url):
        if not url.startswith("good/"):
            raise InputError("It is gone.")
        return REPORT


@pytest.fixture
def incident(records):
    """Return what is said of an alarm on a schedule whose windows 10:00 and 11:00 were judged."""
    records.put(to_record(SCHEDULE), "ann")
    records.put(to_record(Alarm(name="drift", executions_of="hourly")), "ann")

    def run(time=NOON - HOUR, report="good", **given):
        for n in (1, 2):
            made = pending_execution(SCHEDULE, NOON - (n - 1) * HOUR, Window(NOON - n * HOUR, NOON - (n - 1) * HOUR))
            ended = replace(made, status="CompletedWithViolations", report=report)
            records.put(to_record(ended), "")
        places = Places(records)
        places.look(NOON)
        telling = Telling(alarm="drift", state="ALARM", since=NOON, time=time)
        return Incidents(records, Store(), places, **given).of([telling])[0][0]

    return run


def test_it_tells_the_schedule_and_its_endpoint(incident):
    found = incident()
    assert (found.schedule, found.endpoint) == ("hourly", "fraud")


def test_it_tells_the_execution_whose_window_holds_the_value(incident):
    assert incident(time=NOON - 2 * HOUR).execution == "hourly-202405011100"


def test_where_no_window_holds_the_value_it_tells_the_last_execution(incident):
    assert incident(time=NOON - 9 * HOUR).execution == "hourly-202405011200"


def test_it_tells_the_worst_features_the_worst_first(incident):
    assert [(one.feature, one.severity) for one in incident().worst] == [("b", "error"), ("a", "notice")]


def test_a_report_that_cannot_be_read_costs_the_features_alone(incident):
    found = incident(report="bad")
    assert (found.worst, found.execution) == ((), "hourly-202405011200")


def test_where_to_look_is_a_command(incident):
    assert incident().look == "kedge execution show hourly-202405011200"


def test_where_people_reach_the_server_it_is_the_page_of_the_report(incident):
    page = "https://kedge.example/v1/executions/hourly-202405011200/report/report.html?workspace=risk"
    assert incident(public_url="https://kedge.example/", workspace="risk").look == page


def finding(feature, observed, expected=0.1, severity="error"):
    return {"feature_name": feature, "severity": severity, "observed": observed, "expected": expected}


def test_of_features_that_are_as_bad_the_one_furthest_past_its_bound_stands_first():
    found = [finding("country", 0.4), finding("age", 9.0, severity="notice"), finding("amount", 0.9)]
    assert [one.feature for one in worst(found)] == ["amount", "country", "age"]


def test_features_without_figures_keep_their_order_behind_those_that_have_some():
    found = [finding("b", "Fractional"), finding("a", None), finding("c", 0.2)]
    assert [one.feature for one in worst(found)] == ["c", "b", "a"]
