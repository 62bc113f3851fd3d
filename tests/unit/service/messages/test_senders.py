"""No channel delays another, and messages of one group go out in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Timer
from time import monotonic, sleep
from types import SimpleNamespace

import pytest

from kedge.domain.catalog import to_record
from kedge.domain.notification import Notification
from kedge.service.messages.notifications import keep, of
from kedge.service.messages.senders import Sender, Senders

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Stages:
    """Sends nothing, but remembers what it was asked to, and how."""

    def __init__(self, records):
        self.records, self.sent, self.holds, self.fails, self.begun = records, [], {}, {}, Event()

    def claim(self, notifications, _):
        return notifications

    def send(self, notifications, _):
        (one,) = notifications
        self.begun.set()
        if one.to in self.holds:
            self.holds[one.to].wait(10)
        self.sent.append(one.name)
        return notifications

    def record(self, notifications, _):
        (one,) = notifications
        record = self.records.get("notification", one.name)
        failed = self.fails.get(one.name, 0)
        self.fails[one.name] = failed - 1
        status = "waiting" if failed > 0 else "sent"
        self.records.put(replace(record, status=status, document={**record.document, "status": status}), "")
        return notifications


@pytest.fixture
def stages(records):
    return Stages(records)


@pytest.fixture
def senders(records, stages):
    clock = SimpleNamespace(now=lambda: NOW)
    made = Senders(lambda name, stop: Sender(name, records, clock, stages, stop))
    yield made
    made.rest(5)


@pytest.fixture
def send(records, senders):
    def run(name, to="mail", group="g", time=NOW):
        place = {"workspace": "default", "subscription": "s", "to": to, "cause": "alarm", "group": group}
        senders.add([keep(records, Notification(name=name, created=NOW, next_time=time, **place))])

    return run


def until(condition, seconds=10):
    end = monotonic() + seconds
    while not condition() and monotonic() < end:
        sleep(0.01)
    return condition()


def test_a_slow_channel_delays_no_other(stages, send):
    stages.holds["slow"] = Event()
    send("a", to="slow")
    send("b")
    assert until(lambda: stages.sent == ["b"])
    stages.holds["slow"].set()


def test_messages_of_a_group_go_out_in_order_though_one_is_tried_again(stages, send):
    stages.holds["mail"], stages.fails["a"] = Event(), 2
    for name in ("a", "b"):
        send(name)
    send("c", group="h")
    stages.holds["mail"].set()
    assert until(lambda: len(stages.sent) == 5)
    assert [name for name in stages.sent if name != "c"] == ["a", "a", "a", "b"]
    assert stages.sent.index("c") < 3


def test_what_is_added_twice_is_sent_once(stages, send):
    stages.holds["mail"] = Event()
    for name in ("a", "a", "b"):
        send(name)
    stages.holds["mail"].set()
    assert until(lambda: len(stages.sent) == 2)


def test_what_is_to_be_sent_later_waits(stages, send):
    send("a", time=NOW + timedelta(hours=1))
    send("b", group="h")
    assert until(lambda: stages.sent == ["b"])


def test_what_is_to_be_sent_later_is_sent_sooner_where_somebody_says_so(stages, send, senders, records):
    send("a", time=NOW + timedelta(hours=1))
    send("b", time=NOW + timedelta(hours=1))
    record = records.get("notification", "a")
    sooner = replace(of(record), next_time=NOW)
    records.put(to_record(sooner, record), "ann")
    senders.add([sooner, sooner])
    assert until(lambda: stages.sent == ["a"])
    sleep(0.1)
    assert stages.sent == ["a"]


def test_a_database_that_was_away_loses_nothing(stages, send, records, monkeypatch):
    monkeypatch.setattr("kedge.service.messages.senders.TROUBLE_SECONDS", 0.01)
    record, times = stages.record, []

    def fails(notifications, now):
        times.append(1)
        if len(times) == 1:
            raise OSError("away")
        return record(notifications, now)

    stages.record = fails
    send("a")
    assert until(lambda: records.get("notification", "a").status == "sent")


def test_what_waits_is_sent_once_a_thread_can_be_started_again(stages, send, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("kedge.service.messages.senders.Thread.start", lambda _: 1 / 0)  # as where there are too many
        with pytest.raises(ZeroDivisionError):
            send("a")
    send("a")
    assert until(lambda: stages.sent == ["a"])


def test_at_its_end_a_server_begins_nothing_any_more(stages, send, senders):
    stages.holds["mail"] = Event()
    for name in ("a", "b"):
        send(name)
    assert stages.begun.wait(10)
    senders.rest()
    stages.holds["mail"].set()
    assert not until(lambda: "b" in stages.sent, seconds=0.2)


def test_at_its_end_a_server_waits_for_all_that_hang_together(stages, send, senders):
    for name in map(str, range(10)):
        stages.holds[name] = Event()
        send(name, to=name)
    begun = monotonic()
    senders.rest(0.5)
    assert 0.4 < monotonic() - begun < 3
    for hold in stages.holds.values():
        hold.set()


def test_nothing_is_waited_for_in_a_hurry(stages, send, senders):
    stages.holds["mail"], hurry = Event(), Event()
    send("a")
    assert stages.begun.wait(10)
    hurry.set()
    begun = monotonic()
    senders.rest(30, hurry)
    assert monotonic() - begun < 5
    stages.holds["mail"].set()


def test_what_still_ran_is_waited_for_again(stages, send, senders):
    stages.holds["mail"] = Event()
    send("a")
    assert stages.begun.wait(10)
    senders.rest()
    Timer(0.2, stages.holds["mail"].set).start()
    senders.rest(10)
    assert stages.sent == ["a"]
