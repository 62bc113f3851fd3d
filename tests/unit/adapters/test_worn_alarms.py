"""An alarm that asks for a retraining holds no values against a threshold of its own, wherever it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.notifiers.topic import event
from kedge.adapters.presentation.alarms import demands, watches
from kedge.adapters.presentation.body import incident
from kedge.domain.action import Action
from kedge.domain.alarm import Alarm, Worn
from kedge.domain.notification import Incident, Notification

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
WORN = Alarm(name="worn", retraining=Worn(schedule="quality", threshold=3.0, every=timedelta(days=7)))
TOLD = Incident(alarm=WORN, state="OK", previous="ALARM", since=NOON, number=2, reason="It has ended.", value=1.0)


@pytest.mark.parametrize(
    ("worn", "said"),
    [
        (WORN.retraining, "their rmse is past 3 or the last retraining is 7 days old"),
        (Worn(schedule="quality", threshold=0.2, metric="mae"), "their mae is past 0.2"),
        (Worn(schedule="quality", every=timedelta(days=7)), "the last retraining is 7 days old"),
    ],
)
def test_a_person_is_told_what_asks(worn, said):
    alarm = Alarm(name="worn", retraining=worn)
    assert (watches(alarm), demands(alarm)) == ("the last 100 labelled rows of quality", said)


def test_a_message_has_no_threshold_for_the_value_that_says_how_it_ended():
    told = incident(TOLD)
    assert (told["watches"], told["threshold"], told["comparison_operator"]) == ("The model of quality", None, None)


def test_a_function_gets_the_error_that_asks_as_a_metric():
    given = {"workspace": "", "subscription": "ops", "to": "act", "cause": "resolved", "created": NOON}
    record = event(Action(name="act"), Notification(name="n", incidents=(TOLD,), **given))["Records"][0]
    assert '"MetricName": "rmse", "Namespace": "kedge/retraining"' in record["Sns"]["Message"]
    assert '"Threshold": 3.0' in record["Sns"]["Message"]
