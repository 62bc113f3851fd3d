"""Alarming by itself: what is published is told by one thread, and evaluated by another."""

from __future__ import annotations

from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from kedge.domain.alarm import Alert
    from kedge.domain.metric import Metric
    from kedge.service.alarms.watching import Watching


@dataclass
class Alarming:
    """Evaluates the alarms of what it was told.

    Parameters
    ----------
    watching
        What evaluates.
    """

    watching: Watching
    _told: SimpleQueue[tuple[str, Sequence[Metric]]] = field(default_factory=SimpleQueue, init=False)
    _metrics: dict[Metric, None] = field(default_factory=dict, init=False)
    _schedules: dict[str, None] = field(default_factory=dict, init=False)
    _anew: Event = field(default_factory=Event, init=False)

    def tell(self, schedule: str, metrics: Sequence[Metric]) -> None:
        """Take in that metrics of an execution were published; they are evaluated with the next look."""
        self._told.put((schedule, metrics))

    def anew(self) -> None:
        """Have every alarm evaluated with the next look: who was told before may have died before that."""
        self._anew.set()

    def once(self, now: datetime) -> list[Alert]:
        """Evaluate the alarms of what was told, and those of which a value is missed; return those that went.

        What was told stays until it was looked at.
        """
        if self._anew.is_set():
            self._anew.clear()
            self.watching.anew()
        for schedule, metrics in (self._told.get_nowait() for _ in range(self._told.qsize())):
            self._schedules[schedule] = None
            self._metrics.update(dict.fromkeys(metrics))
        went = self.watching.look(now, self._metrics, self._schedules)
        self._metrics, self._schedules = {}, {}
        return went
