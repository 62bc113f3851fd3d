"""An alarm with all that stands beside it, and as it is told: in one document, whose fields are the rule's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kedge.domain.alarm import Acknowledgement, Alarm, Alert, Silence
from kedge.domain.documents import from_document, to_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.notification import Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An alarm, how it stands, and what holds of it now.

    Parameters
    ----------
    alarm, alert
        The rule, and how it stands.
    silence
        Until when nobody is told.
    acknowledgement
        Who looks after what alarms now.
    """

    alarm: Alarm
    alert: Alert
    silence: Silence | None = None
    acknowledgement: Acknowledgement | None = None


def rule_told(alarm: Alarm) -> dict[str, Any]:
    """Return a rule as it is told: the dimensions of its metric are a mapping.

    >>> from kedge.domain.metric import Metric
    >>> rule_told(Alarm(name="drift", metric=Metric("data", "drift", (("Feature", "age"),))))["metric"]["dimensions"]
    {'Feature': 'age'}
    """
    told = to_document(alarm)
    if alarm.metric and alarm.metric.dimensions:
        told["metric"] = {**told["metric"], "dimensions": dict(alarm.metric.dimensions)}
    return told


def notification_told(notification: Notification) -> dict[str, Any]:
    """Return the document of a message, the rules in it as they are told."""
    told = to_document(notification)
    if notification.incidents:
        alarms = (rule_told(incident.alarm) for incident in notification.incidents)
        told["incidents"] = [{**one, "alarm": alarm} for one, alarm in zip(told["incidents"], alarms, strict=True)]
    return told


def standing_told(standing: Standing) -> dict[str, Any]:
    """Return the document of an alarm and of what stands beside it."""
    beside = {name: getattr(standing, name) for name in ("alert", "silence", "acknowledgement")}
    return rule_told(standing.alarm) | {name: to_document(one) for name, one in beside.items() if one}


def from_told(told: Mapping[str, Any]) -> Standing:
    """Return what such a document tells."""
    return from_document(Standing, {**told, "alarm": told})
