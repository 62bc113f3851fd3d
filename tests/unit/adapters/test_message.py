"""A message says what broke, since when, how bad and where to look; and names of data do nothing in it."""

from __future__ import annotations

import json
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown import markdown

from kedge.adapters.presentation.body import body
from kedge.adapters.presentation.message import message
from kedge.adapters.presentation.written import as_html, as_markdown, as_text
from kedge.domain.alarm import Alarm
from kedge.domain.notification import Worst
from kedge.domain.window import Window

from ...messages import ALARM, NOW, incident, notification, resolved

SCHEMA = Path(__file__).parents[3] / "docs/reference/formats/message.schema.json"
NASTY = "<img src=x onerror=alert(1)>\r\nBcc: eve@example.org @everyone [a](http://evil) `x` _y_ **z**"


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def subject(*incidents, **changes):
    return message(notification(*incidents, **changes)).subject


@pytest.mark.parametrize(
    ("told", "changes", "expected"),
    [
        ([incident()], {}, "[kedge] ALARM drift: amount, country of fraud"),
        ([incident(worst=())], {}, "[kedge] ALARM drift: fraud"),
        ([incident(worst=(), endpoint="", schedule="")], {"workspace": "risk"}, "[kedge risk] ALARM drift"),
        ([resolved()], {"cause": "resolved"}, "[kedge] RESOLVED drift: fraud, after 2.2 h"),
        ([incident(state="INSUFFICIENT_DATA", worst=())], {}, "[kedge] NO DATA drift: fraud"),
        ([incident(worst=())], {"cause": "test"}, "[kedge] TEST ALARM drift: fraud"),
        ([incident(worst=())], {"cause": "repeat"}, "[kedge] STILL ALARM drift: fraud"),
        ([incident()] * 50, {"more": 9950}, "[kedge] ALARM: 10,000 alarms of fraud"),
        ([incident(), resolved(endpoint="churn")], {}, "[kedge] 2 alarms of fraud-quality: 1 ALARM, 1 RESOLVED"),
        ([], {"cause": "published", "subject": "Retrained\nagain"}, "[kedge] Retrained again"),
    ],
)
def test_a_subject_says_what_it_is_about(told, changes, expected):
    changes = changes if told else {**changes, "incidents": ()}
    assert subject(*told, **changes) == expected


def test_what_stands_out_is_told_once_of_alarms_that_are_about_the_same_in_few_digits():
    worst = (Worst("amount", "Baseline drift distance: 0.9195015528100076 exceeds threshold: 0.1"),)
    told = as_text(message(notification(incident(worst=worst), incident(worst=worst, alarm=Alarm(name="other")))))
    assert told.count("- amount: Baseline drift distance: 0.9195 exceeds threshold: 0.1") == 1


def test_a_message_says_of_when_the_data_is():
    seen = notification(incident(window=Window(NOW - timedelta(hours=1), NOW)))
    assert dict(message(seen).sections[0].facts)["Data"] == "2026-11-21 09:00 to 10:00 UTC"
    assert body(seen)["data"]["incidents"][0]["window"] == {
        "start": "2026-11-21T09:00:00Z",
        "end": "2026-11-21T10:00:00Z",
    }


def test_a_text_says_what_broke_since_when_how_bad_what_stands_out_and_where_to_look():
    told = as_text(message(notification()))
    for said in (
        "Average of feature_baseline_drift_amount",
        "2026-11-21 10:00 UTC",
        "0.3123 (it alarms above 0.1)",
        "amount: drift 0.31 of 0.1 allowed",
        "kedge execution show e1",
        "Message n1",
    ):
        assert said in told


def test_resolved_says_since_when_until_when_and_how_long():
    told = as_text(message(notification(resolved(minutes=45))))
    lines = [line.split(maxsplit=1) for line in told.splitlines() if line.startswith("  ")]
    facts = {name: said for name, said in lines if name in ("Since", "Until", "Lasted")}
    assert facts == {"Since": "2026-11-21 10:00 UTC", "Until": "2026-11-21 10:45 UTC", "Lasted": "45 min"}


def test_of_many_the_first_are_told_whole_others_in_a_line_and_the_rest_is_counted():
    told = message(notification(*[incident()] * 50, more=9950))
    assert (len(told.sections), len(told.lines), told.lines[-1]) == (3, 8, "and 9,990 other alarms")


@pytest.mark.parametrize(
    ("alarm", "expected"),
    [
        (Alarm(name="a", rule="ALARM(b) AND ALARM(c)"), "ALARM(b) AND ALARM(c)"),
        (Alarm(name="a", executions_of="quality"), "Executions of quality with violations"),
    ],
)
def test_an_alarm_without_a_metric_says_what_it_watches(alarm, expected):
    assert dict(message(notification(incident(alarm=alarm))).sections[0].facts)["What"] == expected


def test_what_came_with_the_data_is_no_html():
    nasty = incident(worst=(Worst(NASTY, NASTY),), reason=NASTY, look="https://kedge.example.org/e/1")
    told = as_html(message(notification(nasty)))
    links = [tag for tag in Tags(told).found if tag[1]]
    assert links == [("a", {"href": "https://kedge.example.org/e/1"})]


def test_a_name_of_a_feature_is_no_markdown():
    told = markdown(as_markdown(message(notification(incident(worst=(Worst(NASTY, NASTY),))))))
    assert {tag for tag, _ in Tags(told).found} <= {"p", "strong", "ul", "li"}


def test_a_name_of_a_feature_makes_no_header_and_calls_nobody():
    told = message(notification(incident(worst=(Worst(NASTY, NASTY),))))
    written = told.subject + as_text(told) + as_markdown(told)
    assert ("\n" in told.subject, "\r" in written, "@everyone" in written) == (False, False, False)


@given(st.text(), st.text(), st.floats() | st.none())
def test_the_body_is_what_its_schema_says_whatever_stands_in_it(name, said, value):
    told = incident(worst=(Worst(name, said),), reason=said, value=value, look=name)
    made = json.dumps(body(notification(told, resolved(), more=3)), allow_nan=False)
    Draft202012Validator(json.loads(SCHEMA.read_text()), format_checker=None).validate(json.loads(made))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_a_number_that_is_none_or_infinite_is_null(value):
    assert body(notification(incident(value=value)))["data"]["incidents"][0]["value"] is None


def test_the_body_is_the_same_whenever_it_is_sent():
    again = notification(attempts=3, status="waiting", reason="away", next_time=NOW + timedelta(hours=1))
    assert body(again) == body(notification())


def test_a_composite_alarm_has_no_threshold():
    rule = Alarm(name="both", rule="ALARM(a)")
    made = body(notification(incident(alarm=rule), incident(alarm=ALARM)))["data"]["incidents"]
    assert [found["threshold"] for found in made] == [None, 0.1]
