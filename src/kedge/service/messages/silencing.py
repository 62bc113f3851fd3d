"""The second stage: what a silence, an acknowledgement or a switch keeps from being told, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kedge.domain.alarm import Acknowledgement, Silence
from kedge.domain.catalog import from_record
from kedge.domain.record import Query
from kedge.domain.window import format_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kedge.domain.group import Telling
    from kedge.ports import Records
    from kedge.service.messages.places import Places
    from kedge.service.messages.stages import Message


@dataclass(frozen=True)
class Silencing:
    """Takes out what nobody is to be told of.

    Parameters
    ----------
    records
        Where silences and acknowledgements are.
    places
        The alarms.
    """

    records: Records
    places: Places

    def __call__(self, messages: Sequence[Message], now: datetime) -> Sequence[Message]:
        """Return messages without what is not told now."""
        if not messages:
            return messages
        found = (from_record(Silence, record) for record in self.records.list(Query(Silence.kind, since=now)))
        silences = {silence.name: silence for silence in found if silence.holds(now)}
        return [self._without(message, silences) for message in messages]

    def _without(self, message: Message, silences: dict[str, Silence]) -> Message:
        tells, kept, dropped = [], list(message.kept), list(message.dropped)
        for telling in message.tellings:
            silence = silences.get(telling.alarm)
            if why := _silent(silence) if silence else self._why(telling):
                dropped += [] if telling.held else [replace(telling, why=why)]
                kept += [replace(telling, held=True)] if silence and not telling.repeated else []
            else:
                tells.append(telling)
        return replace(message, tellings=_latest(tells), kept=tuple(kept), dropped=tuple(dropped))

    def _why(self, telling: Telling) -> str:
        """Return why nobody is told of it, where no silence holds; empty where somebody is."""
        alarm = self.places.alarms.get(telling.alarm)
        if alarm is None:
            return "" if telling.state == "OK" else "The alarm was deleted before it was told."
        if not alarm.actions_enabled:
            return "The alarm is declared with actions_enabled: false."
        record = self.records.get(Acknowledgement.kind, telling.alarm) if telling.repeated else None
        noted = from_record(Acknowledgement, record) if record else None
        if noted is None or noted.number != telling.number:
            return ""
        return f"{noted.by or 'Somebody'} has acknowledged it, so that it is not told again."


def _silent(silence: Silence) -> str:
    by, why = f" by {silence.by}" if silence.by else "", f" ({silence.reason})" if silence.reason else ""
    until = format_time(silence.until)
    return f"It is silenced until {until}{by}{why}. What still holds then is told then."


def _latest(tellings: Sequence[Telling]) -> tuple[Telling, ...]:
    """Return tellings; of an alarm that was held back only how it stands now."""
    held = {telling.alarm for telling in tellings if telling.held}
    last = {telling.alarm: telling for telling in tellings}
    return tuple(
        replace(telling, held=False)
        for telling in tellings
        if telling.alarm not in held or telling is last[telling.alarm]
    )
