"""What one thread publishes, another evaluates."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kedge.domain.metric import Metric
from kedge.errors import InputError
from kedge.service.alarms.alarming import Alarming

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
DRIFT, OTHER = Metric("data", "drift"), Metric("data", "other")


class Looks:
    def look(self, now, metrics, schedules):
        return [now, list(metrics), list(schedules)]


class Away:
    def look(self, *_):
        raise InputError("The database is away.")


def test_what_was_told_is_looked_at_once():
    alarming = Alarming(Looks())
    alarming.tell("hourly", [DRIFT, OTHER])
    alarming.tell("hourly", [DRIFT])
    assert alarming.once(NOON) == [NOON, [DRIFT, OTHER], ["hourly"]]
    assert alarming.once(NOON) == [NOON, [], []]


def test_what_was_told_stays_until_it_was_looked_at():
    alarming = Alarming(Away())
    alarming.tell("hourly", [DRIFT])
    with pytest.raises(InputError):
        alarming.once(NOON)
    alarming.watching = Looks()
    alarming.tell("daily", [OTHER])
    assert alarming.once(NOON) == [NOON, [DRIFT, OTHER], ["hourly", "daily"]]
