"""When a group is looked at again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from kedge.domain.group import Group
    from kedge.domain.subscription import Subscription

SKEW: Final = timedelta(minutes=1)  # by which clocks of servers differ
HELD: Final = timedelta(seconds=10)  # between two looks whether a silence is over


def due(group: Group, subscription: Subscription, now: datetime) -> datetime | None:
    """Return when a group is looked at next; None is when something goes."""
    times = [told.time + subscription.repeat_interval for told in group.told if subscription.repeat_interval]
    if any(telling.held for telling in group.pending):
        times.append(now + HELD)
    if any(not telling.held for telling in group.pending):
        times.append(flush(group, subscription, now))
    return min(times, default=None)


def flush(group: Group, subscription: Subscription, now: datetime) -> datetime:
    """Return when what waits is told: others may join it, and messages do not follow each other closely.

    A time that is yet to come is that of a clock which was wrong: nobody waits until it is right.
    """
    first, flushed = (time if time and time <= now + SKEW else None for time in (group.first or now, group.flushed))
    waited = first + subscription.group_wait if first else now
    return max(waited, flushed + subscription.group_interval) if flushed else waited
