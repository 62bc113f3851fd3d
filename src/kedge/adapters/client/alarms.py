"""The alarms of a server, as :mod:`kedge.service.alarms` has them here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kedge.adapters.client.calls import document, listed
from kedge.adapters.client.resources import Resources, expecting
from kedge.domain.alarm import Acknowledgement, Alarm, Alert, Silence
from kedge.domain.documents import from_document
from kedge.domain.record import Query
from kedge.domain.standing import from_told, rule_told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kedge.domain.standing import Standing

AGAIN = {"Idempotency-Key": "*"}  # to do it twice is to do it once


@dataclass(frozen=True)
class Alarms(Resources[Alarm]):
    """What is to be noticed, and how it stands."""

    cls = Alarm

    def standing(self, name: str) -> Standing:
        """Return one with how it stands, its silence and who looks after it."""
        return from_told(document(self.calls.get(self._kind, name)))

    def standings(self, status: tuple[str, ...] = (), limit: int | None = None, **asked: Any) -> Sequence[Standing]:
        """Return those that a query asks for, each with how it stands; ``status`` is that."""
        query = Query(Alarm.kind, status=status, limit=limit, **asked)
        return [from_told(item) for item in self.calls.found(self._kind, query)]

    def declare(self, alarm: Alarm, expected: Alarm | None = None) -> Alarm:
        """Keep one, in the place of that of the same name, which is what was ``expected``, if anything was.

        Raises
        ------
        NotFound
            It names a metric, a schedule or an alarm that is not there; the nearest is told.
        SettingError
            It breaks a rule; ``field`` names the field.
        """
        headers = expecting(expected)
        return self._read(self.calls.send("PUT", self._kind, alarm.name, headers=headers, json=rule_told(alarm)))

    def delete(self, name: str) -> None:
        """Delete one with all that stands beside it; what became of it is kept.

        Raises
        ------
        InUse
            The rule of another one names it.
        """
        self._delete(name)

    def alert(self, name: str) -> Alert:
        """Return how one stands."""
        return self.standing(name).alert

    def transitions(self, name: str) -> Sequence[Alert]:
        """Return how an alarm stood after each time that it went from one state to another, the first one first."""
        return [from_document(Alert, item) for item in listed(self.calls.get(self._kind, name, "history"))]

    def silence(self, name: str, until: datetime, reason: str = "") -> Silence:
        """Have nobody told of an alarm until then, also where it is silent already.

        Raises
        ------
        SettingError
            That is past.
        """
        asked = {"until": until.isoformat(), "reason": reason}
        answer = self.calls.send("PUT", self._kind, name, "silence", headers=AGAIN, json=asked)
        return from_document(Silence, document(answer))

    def unsilence(self, name: str) -> None:
        """Have an alarm's messages sent again."""
        self.calls.send("DELETE", self._kind, name, "silence", headers=AGAIN)

    def silenced(self, name: str) -> Silence | None:
        """Return the silence that holds for an alarm now."""
        return self.standing(name).silence

    def acknowledge(self, name: str, reason: str = "") -> Acknowledgement:
        """Say that somebody looks after what alarms now.

        Raises
        ------
        Conflict
            It does not alarm.
        """
        return from_document(Acknowledgement, document(self._act(name, "acknowledge", json={"reason": reason})))

    def acknowledged(self, name: str) -> Acknowledgement | None:
        """Return who looks after what alarms now."""
        return self.standing(name).acknowledgement
