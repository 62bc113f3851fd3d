"""What a message says: in its subject, and of each incident what broke, since when, how bad, and where to look."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Final

from kedge.adapters.presentation.words import count, duration, moment, number, plain, rounded, some, span
from kedge.domain.access import DEFAULT
from kedge.domain.window import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from kedge.domain.alarm import Alarm, AlarmState, Comparison
    from kedge.domain.notification import Incident, Notification
    from kedge.domain.window import Window

WHOLE: Final = 3  # incidents that are told whole
LISTED: Final = 10  # and in a line at least
LONGEST: Final = 400  # letters of a sentence
LONGEST_SUBJECT: Final = 150
STATES: Final[Mapping[AlarmState, str]] = {"ALARM": "ALARM", "OK": "RESOLVED", "INSUFFICIENT_DATA": "NO DATA"}
_SAYS: Final[Mapping[Comparison, str]] = {
    "GreaterThanOrEqualToThreshold": "at or above",
    "GreaterThanThreshold": "above",
    "LessThanThreshold": "below",
    "LessThanOrEqualToThreshold": "at or below",
}
# What chats take for a call to everybody: a name of a feature is not to make one.
_CALLS: Final = re.compile(r"@(?=\w)|<(?=[!@#])")
_NO_WIDTH: Final = "\N{ZERO WIDTH SPACE}"


@dataclass(frozen=True)
class Section:
    """What is said of one incident: a headline, facts with their names, and what stands out."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    worst: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """What a message says.

    Parameters
    ----------
    subject
        One line.
    opening
        What is said before all; nothing where the sections say it.
    sections
        The incidents that are told whole.
    lines
        Those that are told in a line each, and how many others there are.
    footer
        Which message it is: the same one may come twice.
    """

    subject: str
    opening: str = ""
    sections: tuple[Section, ...] = ()
    lines: tuple[str, ...] = ()
    footer: str = ""


def message(notification: Notification) -> Message:
    """Return what a notification says."""
    told, footer = notification.incidents, f"Message {notification.name}"
    if notification.cause == "published":
        subject = _subject(notification, plain(notification.subject or "A message", LONGEST))
        return Message(subject, notification.text, footer=footer)
    sections = tuple(_once(map(section, told[:WHOLE])))
    lines = [headline(incident) for incident in told[WHOLE:LISTED]]
    left = max(0, len(told) - LISTED) + notification.more
    rest = [f"and {count(left, 'other alarm')}"] if left else []
    return Message(
        _subject(notification, _title(notification)), _opening(notification), sections, (*lines, *rest), footer
    )


def section(incident: Incident) -> Section:
    """Return what is said of an incident."""
    facts = tuple((name, _said(text)) for name, text in _facts(incident) if text)
    return Section(
        headline(incident), facts, tuple(f"{_said(w.feature, 80)}: {_said(rounded(w.text))}" for w in incident.worst)
    )


def _once(sections: Iterable[Section]) -> Iterator[Section]:
    """Say what stands out once, where several alarms are about the same."""
    told: set[tuple[str, ...]] = set()
    for one in sections:
        yield replace(one, worst=()) if one.worst in told else one
        told.add(one.worst)


def headline(incident: Incident) -> str:
    """Return an incident in a line.

    The features that stand out are named, and else what it is about.
    """
    return _calm(_headline(incident))


def _headline(incident: Incident) -> str:
    place = incident.endpoint or incident.schedule
    about = [some([worst.feature for worst in incident.worst]), plain(place, 60) if place else ""]
    said = f"{STATES[incident.state]} {plain(incident.alarm.name)}"
    said += f": {' of '.join(filter(None, about))}" if any(about) else ""
    return said + (f", after {lasted}" if (lasted := _lasted(incident)) else "")


def _title(notification: Notification) -> str:
    told, whole = notification.incidents, len(notification.incidents) + notification.more
    if whole == 1 and told:
        return _headline(told[0])
    states = Counter(STATES[incident.state] for incident in told)
    if not told:
        return count(whole, "alarm")
    if len(states) == 1:
        return f"{next(iter(states))}: {count(whole, 'alarm')}{_common(told)}"
    known = ", ".join(f"{many} {state}" for state, many in states.items())
    return f"{count(whole, 'alarm')}{_common(told)}: {known}" + (" of the worst" if notification.more else "")


def _common(told: tuple[Incident, ...]) -> str:
    """Return the endpoint, or the schedule, that all have in common."""
    for names in ({incident.endpoint for incident in told}, {incident.schedule for incident in told}):
        if len(names) == 1 and "" not in names:
            return f" of {plain(next(iter(names)), 60)}"
    return ""


def _subject(notification: Notification, title: str) -> str:
    own = "" if notification.workspace in ("", DEFAULT) else f" {plain(notification.workspace, 40)}"
    cause = {"test": "TEST ", "repeat": "STILL "}.get(notification.cause, "")
    return _calm(plain(f"[kedge{own}] {cause}{title}", LONGEST_SUBJECT).replace("\N{REPLACEMENT CHARACTER}", " "))


def _opening(notification: Notification) -> str:
    if notification.cause == "test":
        return "This is a TEST: somebody tries this channel. How the alarm stands is told below as it is."
    if notification.cause == "repeat":
        return "This still alarms, and nobody has acknowledged it."
    return ""


def _facts(incident: Incident) -> Iterator[tuple[str, str]]:
    yield "What", watched(incident.alarm)
    yield "Meaning", incident.alarm.description
    yield "Since", _time(incident.began if incident.state == "OK" and incident.began else incident.since)
    yield "Until", _time(incident.since) if incident.state == "OK" and incident.began else ""
    yield "Lasted", _lasted(incident)
    yield "Value", _value(incident)
    yield "Why", rounded(incident.reason)
    yield "Data", _span(incident.window)
    yield "Endpoint", incident.endpoint
    yield "Schedule", incident.schedule
    yield "Execution", incident.execution
    yield "Look", incident.look


def watched(alarm: Alarm) -> str:
    """Return what an alarm watches."""
    if alarm.metric:
        return f"{alarm.statistic} of {alarm.metric.name}"
    if alarm.lines:
        return f"Lines with {alarm.lines.text!r}"
    if alarm.retraining:
        return f"The model of {alarm.retraining.schedule}"
    return f"Executions of {alarm.executions_of} with violations" if alarm.executions_of else alarm.rule or ""


def _value(incident: Incident) -> str:
    """Return the value against the threshold; other alarms have none."""
    if incident.value is None or not isfinite(incident.value) or not incident.alarm.has_threshold:
        return ""
    says = _SAYS[incident.alarm.comparison_operator]
    return f"{number(incident.value)} (it alarms {says} {number(incident.alarm.threshold)})"


def _lasted(incident: Incident) -> str:
    if incident.state != "OK" or incident.began is None:
        return ""
    return duration(max(0.0, (incident.since - incident.began).total_seconds()))


def _span(window: Window | None) -> str:
    return span(format_time(window.start), format_time(window.end)) if window else ""


def _time(time: datetime) -> str:
    return f"{moment(format_time(time))} UTC"


def _said(text: str, longest: int = LONGEST) -> str:
    """Return a text that came with the data so that it says what it says, and does nothing."""
    return _calm(plain(text, longest))


def _calm(text: str) -> str:
    return _CALLS.sub(lambda found: found[0] + _NO_WIDTH, text)
