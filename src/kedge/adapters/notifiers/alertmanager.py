"""Alerts for an Alertmanager of Prometheus. It tells them apart by labels, so these stay while an alarm goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from kedge.adapters.net.pinned import Pinned
from kedge.adapters.net.posting import Posting
from kedge.adapters.notifiers.references import revealing
from kedge.adapters.presentation.message import headline, message, section
from kedge.adapters.presentation.words import count
from kedge.adapters.presentation.written import as_text
from kedge.domain.window import format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kedge.adapters.notifiers.references import Resolve
    from kedge.domain.addresses import Addresses
    from kedge.domain.alarm import AlarmState
    from kedge.domain.channel import Channel
    from kedge.domain.notification import Incident, Notification, Outcome

PATH: Final = "/api/v2/alerts"
# Without an end, an alert is taken for resolved after some minutes: ours are sent once, and end when we say so.
FAR: Final = timedelta(days=365)
SHORT: Final = timedelta(minutes=5)  # of what is no alarm, and nobody resolves
SEVERITIES: Final[Mapping[AlarmState, str]] = {"ALARM": "critical", "INSUFFICIENT_DATA": "warning"}


def notifier(channel: Channel, resolve: Resolve, addresses: Addresses) -> Alertmanager:
    """Return what sends to the Alertmanager of a channel."""
    return Alertmanager(channel, resolve, Posting(Pinned(addresses)))


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Alertmanager:
    """Posts alerts to an Alertmanager; ``resolve`` returns what ``env:NAME`` or ``file:PATH`` stands for."""

    channel: Channel
    resolve: Resolve
    posting: Posting
    now: Callable[[], datetime] = _now

    def notify(self, notification: Notification) -> Outcome:
        """Send one message: an alert for each incident."""
        return revealing(partial(self._sent, notification), self.resolve, self.channel.alertmanager)

    def _sent(self, notification: Notification, url: str) -> Outcome:
        content = json.dumps(list(alerts(notification, self.now()))).encode()
        return self.posting.outcome(_place(url), content, {"Content-Type": "application/json"})


def alerts(notification: Notification, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the alerts of a notification."""
    if notification.cause in ("published", "test"):
        yield _told(notification, now)
        return
    for incident in notification.incidents:
        yield from _alerts(notification, incident, now)
    if notification.more:
        labels = {"alertname": "kedge_more", **_whose(notification)}
        summary = f"{count(notification.more, 'other alarm')} besides these; kedge alarm list shows them."
        yield _alert(labels, {"summary": summary}, notification.created, now + SHORT)


def _alerts(notification: Notification, incident: Incident, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield what fires and what is resolved.

    What alarmed goes on to do so until it is fine: that data are missing is an alert of its own.
    """
    if incident.state != "OK":
        yield _of(notification, incident, incident.state, incident.since, now + FAR)
    else:
        yield _of(notification, incident, "ALARM", incident.began or incident.since, now)
    missed = incident.previous == "INSUFFICIENT_DATA" and incident.number > 1  # the first state of all is no alert
    if missed and incident.state != "INSUFFICIENT_DATA":
        yield _of(notification, incident, "INSUFFICIENT_DATA", incident.since, now)


def _of(
    notification: Notification, incident: Incident, state: AlarmState, start: datetime, end: datetime
) -> dict[str, Any]:
    names = {"alertname": incident.alarm.name, **_whose(notification), "severity": SEVERITIES[state]}
    labels = {**names, "endpoint": incident.endpoint, "schedule": incident.schedule or incident.alarm.schedule or ""}
    told = section(incident)
    said = "\n".join((*(f"{name}: {value}" for name, value in told.facts), *(f"- {line}" for line in told.worst)))
    found = _alert(labels, {"summary": headline(incident), "description": said}, start, end)
    return {**found, "generatorURL": incident.look} if incident.look.startswith(("http://", "https://")) else found


def _told(notification: Notification, now: datetime) -> dict[str, Any]:
    said = message(notification)
    name = "kedge_test" if notification.cause == "test" else "kedge_message"
    labels = {"alertname": name, **_whose(notification), "subscription": notification.subscription, "severity": "info"}
    return _alert(labels, {"summary": said.subject, "description": as_text(said)}, notification.created, now + SHORT)


def _whose(notification: Notification) -> dict[str, str]:
    return {"workspace": notification.workspace}


def _alert(labels: dict[str, str], notes: dict[str, str], start: datetime, end: datetime) -> dict[str, Any]:
    """Return an alert that does not end before it starts; an empty label is none."""
    return {
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": notes,
        "startsAt": format_time(start),
        "endsAt": format_time(max(start, end)),
    }


def _place(url: str) -> str:
    """Return where alerts go; the URL may be that of the Alertmanager or of its alerts."""
    base = url.rstrip("/")
    return base if base.endswith(PATH) else base + PATH
