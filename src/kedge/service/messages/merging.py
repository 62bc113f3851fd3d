"""What waits for long becomes one message: whoever was away wants to know how things stand, and not each step there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from kedge.domain.notification import MOST_INCIDENTS, Cause, Incident, Notification

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

TRIES: Final = 10  # in vain, which are half an hour, or
WAITED: Final = timedelta(hours=1)
MERGED: Final = ("alarm", "resolved", "repeat")
STATES: Final = ("ALARM", "INSUFFICIENT_DATA", "OK")


def waits_long(first: Notification, now: datetime) -> bool:
    """Return whether the first message of a group was tried in vain for long."""
    return first.attempts >= TRIES or (first.attempts > 0 and now - first.begun >= WAITED)


def merged(waiting: Sequence[Notification]) -> tuple[list[Notification], Notification] | None:
    """Return the messages that need not be sent, and the last one, which tells it all; None where there is one only."""
    told = [one for one in waiting if one.cause in MERGED]
    if len(told) < 2:
        return None
    first, *_, last = told
    incidents, others = _incidents(told)
    return told[:-1], replace(
        last,
        cause=_cause(told, incidents, others),
        incidents=incidents,
        others=others,
        more=len(others),
        attempts=max(first.attempts, TRIES),
        reason=first.reason,
        next_time=first.next_time,
    )


def _incidents(told: Sequence[Notification]) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
    """Return how each alarm stands in the end, what alarms first; of those beyond the most the names only."""
    found: dict[str, Incident | None] = {}
    for one in told:
        found |= {incident.alarm.name: incident for incident in one.incidents}
        found |= dict.fromkeys(one.others)
    known = sorted((one for one in found.values() if one), key=lambda one: STATES.index(one.state))
    named = [name for name, one in found.items() if one is None]
    return tuple(known[:MOST_INCIDENTS]), (*(one.alarm.name for one in known[MOST_INCIDENTS:]), *named)


def _cause(told: Sequence[Notification], incidents: Sequence[Incident], others: Sequence[str]) -> Cause:
    if all(one.state == "OK" for one in incidents) and (not others or all(one.cause == "resolved" for one in told)):
        return "resolved"
    return "repeat" if all(one.cause == "repeat" for one in told) else "alarm"
