"""Subscriptions: who is told of which alarms."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, get_args

from kedge.domain.action import Action
from kedge.domain.alarm import STATES, Alarm
from kedge.domain.channel import Channel
from kedge.domain.documents import format_duration
from kedge.domain.subscription import GroupBy, Subscription
from kedge.errors import NotFound, SettingError, did_you_mean
from kedge.service.catalog import rules
from kedge.service.catalog.kept import Kept
from kedge.service.catalog.receivers import names

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

MOST_NAMED: Final = 100
PATTERN: Final = re.compile(r"[a-zA-Z0-9*-]{1,63}")
# How short and how long each may be: what is beyond is a slip of the pen.
SPANS: Final = {
    "group_wait": (timedelta(), timedelta(days=1)),
    "group_interval": (timedelta(seconds=1), timedelta(days=7)),
    "repeat_interval": (timedelta(minutes=1), timedelta(days=365)),
}


@dataclass(frozen=True)
class Subscriptions(Kept[Subscription]):
    """Who is told of which alarms."""

    cls = Subscription

    def declare(self, wanted: Subscription, expected: Subscription | None = None) -> Subscription:
        """Keep one, in the place of that of the same name, which is what was ``expected``, if anything was.

        Raises
        ------
        NotFound
            It names a channel, an action or an alarm that is not there; the nearest is told.
        SettingError
            It breaks a rule; ``field`` names the field.
        """
        self._check(wanted)
        if expected is None and self.find(wanted.name) is None:
            return self.make(wanted)
        return self.change(wanted.name, lambda _: wanted, expected)

    def create(self, wanted: Subscription) -> Subscription:
        """Keep a new one.

        Raises
        ------
        Conflict
            There is one of this name.
        """
        self._check(wanted)
        return self.make(wanted)

    def delete(self, name: str) -> None:
        """Delete one: nobody is told by it any more."""
        self.remove(name)

    def _check(self, wanted: Subscription) -> None:
        rules.named(wanted.name)
        for field in ("to", "alarms", "states"):
            _some(getattr(wanted, field), field)
        for state in wanted.states:
            rules.one_of(state, STATES, "states")
        for common in wanted.group_by:
            rules.one_of(common, get_args(GroupBy), "group_by")
        for field, (least, most) in SPANS.items():
            _within(getattr(wanted, field), least, most, field)
        self._receivers(wanted.to)
        self._alarms(wanted.alarms)

    def _receivers(self, named: Sequence[str]) -> None:
        """Refuse what is neither a channel nor an action."""
        for name in named:
            if not any(self.records.get(kind, name) for kind in (Channel.kind, Action.kind)):
                known = [*names(self.records, Channel.kind), *names(self.records, Action.kind)]
                raise _unknown("channel or action", name, known, "to")

    def _alarms(self, patterns: Sequence[str]) -> None:
        """Refuse a pattern that is none, and the name of an alarm that is not there."""
        for pattern in patterns:
            if not PATTERN.fullmatch(pattern):
                raise SettingError(
                    f"{pattern[:80]!r} is no name of an alarm.",
                    field="alarms",
                    next_step="Write letters, digits and hyphens, and * for any of them.",
                )
            if "*" not in pattern and not self.records.get(Alarm.kind, pattern):
                raise _unknown("alarm", pattern, names(self.records, Alarm.kind), "alarms")


def _some(named: Sequence[Any], field: str) -> None:
    rules.at_most(named, MOST_NAMED, field)
    if not named:
        raise SettingError("It is empty, so that nobody would be told.", field=field, next_step="Name at least one.")


def _within(span: timedelta | None, least: timedelta, most: timedelta, field: str) -> None:
    if span is not None and not least <= span <= most:
        bounds = f"{format_duration(least)} and {format_duration(most)}"
        raise SettingError(
            f"{format_duration(span)} is not between {bounds}.", field=field, next_step="Give one that is."
        )


def _unknown(what: str, name: str, known: Collection[str], field: str) -> NotFound:
    told = f"There is no {what} {name!r}.{did_you_mean(name, known)}"
    return NotFound(told, field=field, next_step="Declare it first.")
