"""What holds when servers take turns, clocks differ, and many messages are kept."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import Mock

import pytest
import sqlalchemy as sa

from kedge.domain.alarm import Alert
from kedge.domain.record import Query
from kedge.errors import Conflict
from kedge.service.messages.figures import figures
from kedge.service.metrics.queue import queue


@pytest.fixture
def plans(records):
    """How the database finds what it is asked for, question by question."""
    found, engine = [], records._engine

    @sa.event.listens_for(engine, "after_cursor_execute")
    def explain(_connection, cursor, statement, given, _context, _many):
        if statement.startswith("SELECT"):
            again = cursor.connection.cursor()
            found.append(" ".join(row[3] for row in again.execute(f"EXPLAIN QUERY PLAN {statement}", given)))

    yield found
    sa.event.remove(engine, "after_cursor_execute", explain)


def test_a_server_that_wakes_up_late_takes_nothing_back(told):
    for state in ("ALARM", "OK"):
        told.goes("drift", state)
        stale = told.records.list(Query(Alert.kind))
        told.after()
        told.after(minutes=10)
    told.goes("drift")
    told.after()
    told.messaging.gathering._moved = lambda: iter(stale)  # as it read them before it stood still
    told.after()
    told.restart()
    told.after(minutes=10)
    assert [one.cause for one in told.all()] == ["alarm", "resolved", "alarm"]
    assert {one.status for one in told.all()} == {"waiting"}


def test_an_alarm_of_a_server_whose_clock_is_behind_is_told(told):
    told.after()
    told.alarm("late")
    record = told.records.get("alarm", "late")
    earlier = int((record.modified - timedelta(minutes=5)).timestamp() * 1e6)
    with told.records._engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE records SET modified = {earlier} WHERE name = 'late'"))
    told.goes("late")
    told.after()
    (one,) = told.after(seconds=10)
    assert one.alarms == ("late",)


def test_that_an_alarm_was_deleted_is_told_also_when_the_first_try_goes_wrong(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    told.records.delete(told.records.get("alarm", "drift"), "ann")
    gathering = told.messaging.gathering
    tidy, gathering._tidy = gathering._tidy, Mock(side_effect=Conflict("somebody was faster"))
    with pytest.raises(Conflict):
        told.after(minutes=5)
    gathering._tidy = tidy
    told.after()
    (one,) = told.after(minutes=5)
    assert one.incidents[0].reason == "The alarm was deleted."


def test_that_an_alarm_was_deleted_is_told_also_when_another_one_came_meanwhile(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    look = told.messaging.gathering.places.look
    told.records.delete(told.records.get("alarm", "drift"), "ann")
    told.alarm("new")
    told.goes("new")
    told.messaging.gathering.places.look = lambda _: False  # as if both were done right after it
    told.after(minutes=5)
    told.messaging.gathering.places.look = look
    told.after()
    assert "drift" in told.after(minutes=5)[0].alarms


def test_a_group_whose_alarms_are_gone_is_forgotten_once_that_was_told(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    told.records.delete(told.records.get("alarm", "drift"), "ann")
    for _ in range(2):
        told.after(minutes=6)
    assert [one.cause for one in told.all()] == ["alarm", "resolved"]
    told.restart()
    told.after()
    assert told.records.list(Query("group")) == []


@pytest.mark.parametrize("ask", [figures, queue])
def test_what_waits_is_found_without_a_look_at_all_that_is_kept(records, plans, ask):
    list(ask(records))
    assert "records_by_status" in plans[0]


def test_no_look_goes_through_all_messages_or_groups(told, plans):
    told.goes("drift")
    told.after()
    plans.clear()
    told.messaging._loaded = None
    told.messaging.once(told.now)
    assert not [plan for plan in plans if "records_by_creation" in plan]


def test_a_look_forgets_so_many_messages_and_the_next_one_others(told, monkeypatch):
    monkeypatch.setattr("kedge.service.messages.messaging.PAGE", 2)
    for _ in range(3):
        told.goes("drift")
        told.after()
        told.after(minutes=10)
        told.goes("drift", "OK")
        told.after()
        told.after(minutes=10)
    with told.records._engine.begin() as connection:
        connection.execute(sa.text("UPDATE records SET status = 'sent' WHERE kind = 'notification'"))
    told.after(days=91)
    assert len(told.all()) == 4
    told.after(seconds=1)
    assert len(told.all()) == 2
