"""Who has messages sent again, and which the server then finds, over SQLite and over a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kedge.domain.catalog import to_record
from kedge.domain.channel import Channel
from kedge.domain.notification import Notification
from kedge.domain.record import Query
from kedge.service.messages.notifications import Notifications

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
CLOCK = type("Clock", (), {"now": lambda _: NOON})()


@pytest.fixture
def log(database):
    """The messages to a channel: three that failed, of which the oldest was put last, and one that was sent."""
    database.put(to_record(Channel(name="mail", url="mailto://mail.example.org")), "bob")
    place = {"workspace": "default", "subscription": "team", "to": "mail", "cause": "alarm"}
    for number, status in enumerate(("failed", "failed", "failed", "sent")):
        ended = NOON - timedelta(days=number + 1)
        made = Notification(name=f"n{number}", status=status, created=ended, ended=ended, attempts=3, **place)
        database.put(to_record(made), "")
    return Notifications(database, "ann", CLOCK)


def test_those_of_a_channel_wait_again_and_it_is_known_who_had_them_do_so(log, database):
    assert (log.resend_all("mail", limit=2), log.resend_all("mail"), log.resend_all("mail")) == (2, 1, 0)
    waiting = log.list(status="waiting")
    assert {(one.name, one.attempts, one.next_time, one.resent) for one in waiting} == {
        (f"n{number}", 0, NOON, NOON) for number in range(3)
    }
    by = [[change.by for change in database.changes("notification", f"n{number}")] for number in range(4)]
    assert by == [["ann"], ["ann"], ["ann"], []]


def test_they_are_found_by_when_they_became_due(log, database):
    log.resend("n1")
    asked = Query(Notification.kind, status=("waiting",), since=NOON, until=NOON + timedelta(seconds=1), order="time")
    assert [record.name for record in database.list(asked)] == ["n1"]
