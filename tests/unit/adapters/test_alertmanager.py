"""An Alertmanager is told what fires and what is resolved, under labels that stay."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kedge.adapters.notifiers.alertmanager import alerts, notifier
from kedge.domain.addresses import Addresses
from kedge.domain.channel import Channel

from ... import receivers
from ...messages import NOW, incident, notification, resolved

LATER = NOW + timedelta(minutes=130)


def sent(*incidents, now=LATER, **changes):
    return list(alerts(notification(*incidents, **changes), now))


def ends(alert):
    return datetime.fromisoformat(alert["endsAt"])


@pytest.mark.parametrize("path", ["", "/", "/api/v2/alerts"])
def test_alerts_go_where_an_alertmanager_takes_them(path):
    with receivers.alertmanager() as received:
        channel = Channel(name="am", alertmanager=received.url + path)
        found = notifier(channel, str, Addresses.of(receivers.LOOPBACK)).notify(notification())
    assert (found.how, len(received.found[0].json)) == ("sent", 1)


def test_what_fires_and_its_resolution_have_the_same_labels():
    (fires,), (done,) = sent(incident()), sent(resolved())
    assert fires["labels"] == done["labels"] == {
        "alertname": "drift", "workspace": "default", "endpoint": "fraud", "schedule": "fraud-quality",
        "severity": "critical",
    }  # fmt: skip


def test_what_fires_ends_far_ahead_and_what_is_resolved_now():
    (fires,), (done,) = sent(incident()), sent(resolved())
    assert (ends(fires) > LATER + timedelta(days=300), ends(done)) == (True, LATER)


def test_missing_data_are_an_alert_of_their_own_and_resolve_none():
    missing = incident(state="INSUFFICIENT_DATA", previous="ALARM")
    back = incident(previous="INSUFFICIENT_DATA")
    found = [[(a["labels"]["severity"], ends(a) > LATER) for a in sent(told)] for told in (missing, back)]
    assert found == [[("warning", True)], [("critical", True), ("warning", False)]]


def test_the_first_state_of_an_alarm_was_no_alert():
    assert len(sent(incident(previous="INSUFFICIENT_DATA", number=1))) == 1


def test_an_alert_does_not_end_before_it_starts():
    (done,) = sent(resolved(minutes=130), now=NOW - timedelta(hours=1))
    assert done["endsAt"] == done["startsAt"]


@pytest.mark.parametrize(
    ("look", "expected"), [("https://kedge.example.org/e1", True), ("kedge execution show e1", False)]
)
def test_where_to_look_is_a_url_or_stands_in_the_description(look, expected):
    (found,) = sent(incident(look=look))
    assert ("generatorURL" in found, look in found["annotations"]["description"]) == (expected, True)


@pytest.mark.parametrize("cause", ["test", "published"])
def test_what_is_no_alarm_ends_by_itself(cause):
    (found,) = sent(cause=cause, subject="Retrained", text="All is well.")
    assert (found["labels"]["alertname"] != "drift", ends(found) - LATER) == (True, timedelta(minutes=5))


def test_what_one_message_does_not_tell_of_is_counted():
    assert "9,950 other alarms" in sent(incident(), more=9950)[-1]["annotations"]["summary"]
