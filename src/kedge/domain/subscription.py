"""Subscriptions: who is told of which alarms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta  # fields of these types are told by their annotations
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal

from kedge.domain.alarm import AlarmState

GroupBy = Literal["alarm", "schedule", "endpoint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told of which alarms, and of how many in one message.

    Parameters
    ----------
    name
        Its name.
    to
        Names of channels and actions.
    alarms
        Names of alarms, with ``*`` for any letters.
    states
        Of which states one is told. ``OK`` is told of what was told to alarm.
    group_by
        What alarms of one message have in common; nothing is one message for all. An action is called for each alone.
    group_wait
        How long the first alert of a group waits for others.
    group_interval
        How long after a message the next one of the group may follow.
    repeat_interval
        After how long one is told again of what still alarms and nobody has acknowledged; None is never.
    """

    kind: ClassVar[Literal["subscription"]] = "subscription"

    name: str
    to: tuple[str, ...]
    alarms: tuple[str, ...] = ("*",)
    states: tuple[AlarmState, ...] = ("ALARM", "OK")
    group_by: tuple[GroupBy, ...] = ()
    group_wait: timedelta = timedelta(seconds=10)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta | None = None

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name}

    def covers(self, alarm: str) -> bool:
        """Return whether it is one of its alarms."""
        return any(fnmatchcase(alarm, pattern) for pattern in self.alarms)
