"""Notifications for tests: of an alarm on drift, as one would be sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kedge.domain.alarm import Alarm
from kedge.domain.metric import Metric
from kedge.domain.notification import Incident, Notification, Worst

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
DRIFT = Metric("aws/sagemaker/Endpoints/data-metrics", "feature_baseline_drift_amount", (("Endpoint", "fraud"),))
ALARM = Alarm(name="drift", description="too far", metric=DRIFT, threshold=0.1)
WORST = (Worst("amount", "drift 0.31 of 0.1 allowed", "error"), Worst("country", "5% unknown"))


def incident(**changes):
    """Return an alarm that went off, and what is known of it."""
    known = Incident(
        alarm=ALARM,
        state="ALARM",
        previous="OK",
        since=NOW,
        number=3,
        reason="Threshold Crossed: 1 datapoint was greater than the threshold (0.1).",
        value=0.31234567,
        schedule="fraud-quality",
        endpoint="fraud",
        execution="e1",
        worst=WORST,
        look="kedge execution show e1",
    )
    return replace(known, **changes)


def resolved(minutes=130, **changes):
    """Return one that alarms no longer."""
    since = NOW + timedelta(minutes=minutes)
    known = {"state": "OK", "previous": "ALARM", "began": NOW, "since": since, "value": 0.05, "worst": (), "number": 4}
    return incident(**known | changes)


def notification(*incidents, **changes):
    """Return a message about incidents, or about one that went off."""
    known = {"name": "n1", "workspace": "default", "subscription": "all", "to": "ops", "cause": "alarm", "created": NOW}
    return Notification(**known | {"incidents": incidents or (incident(),)} | changes)
