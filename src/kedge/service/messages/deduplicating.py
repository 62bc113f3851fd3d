"""The third stage: what was told already is not told anew; the log of what was told is the group's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kedge.domain.group import Told
from kedge.domain.window import format_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kedge.domain.group import Telling
    from kedge.service.messages.stages import Message


def deduplicate(messages: Sequence[Message], now: datetime) -> Sequence[Message]:
    """Return messages without what was told already, their groups knowing what is told by them.

    OK is told of what was told to be otherwise, or is so by the same message.
    """
    return [_once(message, now) for message in messages]


def _once(message: Message, now: datetime) -> Message:
    told, tells, dropped = {one.alarm: one for one in message.group.told}, [], list(message.dropped)
    for telling in message.tellings:
        known = told.get(telling.alarm)
        if why := _why(telling, known):
            dropped.append(replace(telling, why=why))
        elif telling.state != "OK" or known:
            began = known.since if known and telling.state == "OK" else None
            tells += [replace(telling, began=began)] if telling.state in message.subscription.states else []
        _tell(told, telling, now)
    # What is dropped for good, and is over, is not to be told again either.
    for telling in dropped:
        if telling.repeated and telling.alarm in told:
            told[telling.alarm] = replace(told[telling.alarm], time=now)
    kept = {telling.alarm for telling in message.kept}
    for alarm in {telling.alarm for telling in dropped if telling.state == "OK"} - kept:
        told.pop(alarm, None)
    group = replace(message.group, told=tuple(told.values()), pending=message.kept)
    return replace(message, group=group, tellings=tuple(tells), dropped=tuple(dropped))


def _why(telling: Telling, known: Told | None) -> str:
    if telling.repeated or known is None or known.state != telling.state or telling.state == "OK":
        return ""
    return f"It was told at {format_time(known.time)} that it is {known.state}, and it has not been OK since."


def _tell(told: dict[str, Told], telling: Telling, now: datetime) -> None:
    """Have what was told of an alarm be this."""
    if telling.state == "OK":
        told.pop(telling.alarm, None)
        return
    known = told.get(telling.alarm)
    same = known is not None and known.state == telling.state
    since, time = (known.since, known.time) if known and same and not telling.repeated else (telling.since, now)
    told[telling.alarm] = Told(alarm=telling.alarm, state=telling.state, since=since, number=telling.number, time=time)
