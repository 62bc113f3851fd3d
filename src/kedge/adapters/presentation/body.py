"""A message as JSON, for programs: what stands in it stays, and what is new comes beside it."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from kedge.adapters.presentation.message import message, watched
from kedge.adapters.presentation.written import as_text
from kedge.domain.documents import to_document
from kedge.domain.window import format_time

if TYPE_CHECKING:
    from datetime import datetime

    from kedge.domain.alarm import Alarm
    from kedge.domain.notification import Incident, Notification
    from kedge.domain.window import Window

VERSION: Final = "1"


def body(notification: Notification) -> dict[str, Any]:
    """Return a notification as JSON holds it, as ``docs/reference/messages.md`` has it.

    It is the same whenever the notification is sent.
    """
    told = message(notification)
    return {
        "version": VERSION,
        "id": notification.name,
        "type": notification.cause,
        "timestamp": format_time(notification.created),
        "data": {
            "workspace": notification.workspace,
            "subscription": notification.subscription,
            "to": notification.to,
            "depth": notification.depth,
            "subject": told.subject,
            "text": as_text(told),
            "incidents": [incident(found) for found in notification.incidents],
            "more": notification.more,
        },
    }


def incident(found: Incident) -> dict[str, Any]:
    """Return an incident as JSON holds it."""
    return {
        "alarm": found.alarm.name,
        "description": found.alarm.description,
        "state": found.state,
        "previous": found.previous,
        "since": format_time(found.since),
        "began": _time(found.began),
        "number": found.number,
        "reason": found.reason,
        "watches": watched(found.alarm),
        "metric": _metric(found.alarm),
        "value": _finite(found.value),
        "threshold": _finite(found.alarm.threshold) if found.alarm.has_threshold else None,
        "comparison_operator": found.alarm.comparison_operator if found.alarm.has_threshold else None,
        "endpoint": found.endpoint or None,
        "schedule": found.schedule or None,
        "execution": found.execution or None,
        "window": _window(found.window),
        "worst": [{"severity": None, **to_document(worst)} for worst in found.worst],
        "look": found.look or None,
    }


def _window(window: Window | None) -> dict[str, str] | None:
    return {"start": format_time(window.start), "end": format_time(window.end)} if window else None


def _metric(alarm: Alarm) -> dict[str, Any] | None:
    if alarm.metric is None:
        return None
    metric = alarm.metric
    return {
        "namespace": metric.namespace,
        "name": metric.name,
        "statistic": alarm.statistic,
        "dimensions": dict(metric.dimensions),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _time(time: datetime | None) -> str | None:
    return None if time is None else format_time(time)
