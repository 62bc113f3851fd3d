"""What one thread publishes, another evaluates."""

from __future__ import annotations

from datetime import UTC, datetime

from kedge.domain.metric import Metric
from kedge.service.alarms.alarming import Alarming

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DRIFT, OTHER = Metric("data", "drift"), Metric("data", "other")


class Looks:
    def look(self, now, metrics, schedules):
        return [now, list(metrics), list(schedules)]


def test_what_was_told_is_looked_at_once():
    alarming = Alarming(Looks())
    alarming.tell("hourly", [DRIFT, OTHER])
    alarming.tell("hourly", [DRIFT])
    assert alarming.once(NOON) == [NOON, [DRIFT, OTHER], ["hourly"]]
    assert alarming.once(NOON) == [NOON, [], []]
