"""Alarming by itself: what is published is told by one thread, and evaluated by another."""

from __future__ import annotations

from dataclasses import dataclass, field
from queue import SimpleQueue
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

    def tell(self, schedule: str, metrics: Sequence[Metric]) -> None:
        """Take in that metrics of an execution were published; they are evaluated with the next look."""
        self._told.put((schedule, metrics))

    def once(self, now: datetime) -> list[Alert]:
        """Evaluate the alarms of what was told, and those of which a value is missed; return those that went."""
        told = [self._told.get_nowait() for _ in range(self._told.qsize())]
        metrics = dict.fromkeys(metric for _, published in told for metric in published)
        return self.watching.look(now, metrics, dict.fromkeys(schedule for schedule, _ in told))
