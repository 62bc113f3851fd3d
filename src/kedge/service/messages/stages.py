"""What the stages of a message have in common: each takes messages and the time, and returns messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from kedge.domain.group import Group, Telling
    from kedge.domain.record import Record
    from kedge.domain.subscription import Subscription

Passed = TypeVar("Passed")
Stage = Callable[[Sequence[Passed], datetime], Sequence[Passed]]


@dataclass(frozen=True, slots=True)
class Message:
    """What those of a subscription are to be told of one group.

    Parameters
    ----------
    subscription, group
        Who is told, and of what.
    record
        The group's, by whose version it is changed.
    tellings
        What is to be told.
    kept
        What is told later, maybe.
    dropped
        What is not told, each with the reason.
    """

    subscription: Subscription
    group: Group
    record: Record
    tellings: tuple[Telling, ...] = ()
    kept: tuple[Telling, ...] = ()
    dropped: tuple[Telling, ...] = ()


def through(stages: Sequence[Stage[Passed]], passed: Sequence[Passed], now: datetime) -> Sequence[Passed]:
    """Return what is left of messages after all stages."""
    for stage in stages:
        passed = stage(passed, now)
    return passed
