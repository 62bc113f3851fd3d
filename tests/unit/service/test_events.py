"""What happened is told once and in order, whatever is seen late."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from kedge.domain.catalog import Execution, to_record
from kedge.domain.window import HOUR, Window
from kedge.errors import SettingError
from kedge.service.events import PAGE, Events, follow

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ONE = Execution(
    name="one",
    monitoring_schedule_name="hourly",
    monitoring_job_definition_name="quality",
    endpoint_name="fraud",
    scheduled_time=NOON,
    window=Window(NOON - HOUR, NOON),
)
LATER = timedelta(seconds=1)


class Records:
    """Records that are put at times of our choice."""

    def __init__(self) -> None:
        self.kept = {}

    def put(self, seconds: float, **told) -> None:
        execution = replace(ONE, **told)
        version = self.kept[execution.name].version + 1 if execution.name in self.kept else 1
        at = NOON + timedelta(seconds=seconds)
        self.kept[execution.name] = replace(to_record(execution), version=version, created=at, modified=at)

    def list(self, query):
        found = sorted(self.kept.values(), key=lambda record: (record.modified, record.name), reverse=query.descending)
        since = query.modified_since or NOON - HOUR
        after = (query.after.modified, query.after.name) if query.after else (NOON - HOUR, "")
        found = [one for one in found if one.modified >= since and (one.modified, one.name) > after]
        return found[: query.limit]


class Store:
    def read(self, url):
        assert url == "report/constraint_violations.json"
        return b'{"violations": [{"feature_name": "a"}, {"feature_name": "b"}]}'


@pytest.fixture
def records():
    made = Records()
    made.put(-60)
    return made


def _told(events) -> list[str]:
    return [event.document["name"] for event in events.poll()]


def test_what_was_before_is_not_told(records):
    assert _told(Events(records, Store())) == []


def test_each_change_is_told_once(records):
    events = Events(records, Store())
    records.put(1, name="two")
    assert (_told(events), _told(events)) == (["two"], [])
    records.put(2, name="two", status="InProgress")
    assert (_told(events), _told(events)) == (["two"], [])


def test_what_is_seen_late_is_told(records):
    events = Events(records, Store())
    records.put(3, name="quick")
    assert _told(events) == ["quick"]
    records.put(1, name="slow")
    assert (_told(events), _told(events)) == (["slow"], [])


def test_what_was_found_follows_its_execution(records):
    events = Events(records, Store())
    records.put(1, name="two", status="CompletedWithViolations", report="report")
    found = events.poll()
    assert [event.kind for event in found] == ["execution", "violation", "violation"]
    assert found[2].document == {"execution": "two", "schedule": "hourly", "source": "fraud", "feature_name": "b"}


def test_who_goes_on_misses_nothing_and_may_hear_the_last_seconds_again(records):
    events = Events(records, Store())
    for second in range(20):
        records.put(second, name=f"at-{second:02}")
    known = [event.id for event in events.poll()]
    records.put(30, name="new")
    again = [event.id for event in Events(records, Store(), known[-1]).poll()]
    assert again[:-1] == known[-6:-1]
    assert again[-1].endswith(".new")


def test_many_at_once_are_told(records):
    events = Events(records, Store())
    for number in range(2 * PAGE):
        records.put(1, name=f"many-{number:04}")
    assert len(_told(events)) == 2 * PAGE


def test_an_id_that_is_none_is_refused(records):
    with pytest.raises(SettingError, match="no id of an event"):
        Events(records, Store(), "yesterday")


def test_what_happens_can_be_followed(records):
    known = next(iter(Events(records, Store(), "0")._changed())).modified
    assert known < NOON
    assert [event.document["name"] for event in islice(follow(records, Store(), "0"), 1)] == ["one"]
