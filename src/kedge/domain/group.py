"""Groups: what is to be told together to those of one subscription, and what they were told."""

from __future__ import annotations

from collections.abc import Mapping  # fields of these types are told by their annotations
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from kedge.domain.alarm import AlarmState, Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A time that an alarm went from one state to another, as somebody is to be told of it.

    Parameters
    ----------
    alarm
        The alarm's name.
    state, previous, since, number, reason
        How it stood then, as :class:`kedge.domain.alarm.Alert` has it.
    began
        Since when it alarmed, where it does so no longer.
    value, time
        The newest value that said so, and its time.
    repeated
        Whether it was told before.
    held
        Whether it is recorded that a silence keeps it from being told.
    why
        Why it is not told.
    """

    alarm: str
    state: AlarmState
    previous: AlarmState = "OK"
    since: datetime
    number: int = 0
    reason: str = ""
    began: datetime | None = None
    value: float | None = None
    time: datetime | None = None
    repeated: bool = False
    held: bool = False
    why: str = ""

    @classmethod
    def of(cls, alert: Alert, now: datetime) -> Telling:
        """Return what is to be told of how an alarm stands."""
        newest = alert.datapoints[0] if alert.datapoints else None
        return cls(
            alarm=alert.name,
            state=alert.state,
            previous=alert.previous,
            since=alert.since or now,
            number=alert.number,
            reason=alert.reason,
            value=newest.value if newest else None,
            time=newest.time if newest else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What those of a group were told last of an alarm that is not OK.

    Parameters
    ----------
    alarm
        Its name.
    state, since, number
        How it stood, since when, and its number then.
    time
        When they were told.
    """

    alarm: str
    state: AlarmState
    since: datetime
    number: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Alarms of which those of a subscription are told together.

    Parameters
    ----------
    name, subscription, key
        Which it is: of which subscription, and what its alarms have in common.
    begun
        When it was made first: one that is made anew sends other messages.
    count
        How often its messages were decided on.
    first
        Since when the first of what is to be told waits.
    flushed
        When its messages were decided on last.
    seen
        Of every alarm the last time that it went, as :func:`mark` has it: what is later is new.
    told
        What was told of those that are not OK.
    pending
        What is to be told, in order.
    leaving
        What was decided and may not be on its way yet: messages are made of it, the same ones however often that is.
    next_time
        When it is looked at again. It stands in the record, and not in its document.
    """

    kind: ClassVar[Literal["group"]] = "group"

    name: str
    subscription: str
    key: str
    begun: datetime
    count: int = 0
    first: datetime | None = None
    flushed: datetime | None = None
    seen: Mapping[str, str] = field(default_factory=dict)
    told: tuple[Told, ...] = ()
    pending: tuple[Telling, ...] = ()
    leaving: tuple[Telling, ...] = ()
    next_time: datetime | None = None

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        status = "leaving" if self.leaving else "resting"
        return {"name": self.name, "parent": self.subscription, "status": status, "time": self.next_time}


def mark(alert: Alert) -> str:
    """Return what tells the time that an alarm went from any other, also of one that was declared anew.

    >>> mark(Alert(name="drift", number=3))
    '3 '
    """
    return f"{alert.number} {alert.since.isoformat() if alert.since else ''}"


def is_over(alert: Alert, seen: str | None) -> bool:
    """Return whether what was seen came after this: who read it stood still meanwhile, and another one went on.

    >>> is_over(Alert(name="drift", number=3), "4 ")
    True
    """
    number, _, since = (seen or "").partition(" ")
    if not number or alert.number >= int(number):
        return False
    return not since or alert.since is None or alert.since <= datetime.fromisoformat(since)  # else it was declared anew
