"""A sink goes by a mark of its own, and nobody waits for it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.metric import Metric, Point, Sent
from kedge.errors import Unavailable
from kedge.service.metrics import sending
from kedge.service.metrics.prometheus import Exposition
from kedge.service.metrics.sending import Sending, forget

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
AGE = Metric("data", "age")


class Sink:
    """Takes so many points at once, and fails as often as it is told."""

    def __init__(self, most: int = 100, fails: int = 0, never: int = 0):
        self.most, self.fails, self.never, self.taken, self.health = most, fails, never, [], []

    def send(self, _workspace, data):
        if self.fails:
            self.fails -= 1
            raise Unavailable("It is away: https://ann:s3cr3t@host.")
        if data[0].number == 0:
            self.health += [one.latest.metric.name for one in data]
            return Sent(len(data))
        self.taken += [one.latest.point.value for one in data[: self.most]]
        return Sent(min(self.most, len(data)), self.never)


@pytest.fixture
def records(tmp_path):
    records = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield records
    records.close()


@pytest.fixture
def start(records, monkeypatch):
    """Start to send to a sink, as a new process does; a failure is no reason to wait."""
    monkeypatch.setattr(sending, "FIRST_REST", 0.0)

    def start(sink, name="otlp"):
        made = Sending(name, sink, "default", records, records.feed)
        made.once()
        return made

    return start


@pytest.fixture
def publish(records):
    """Publish so many points."""
    count = iter(range(1_000))
    points = replace(records.points, feed=records.feed)

    def publish(many=1):
        for n in (next(count) for _ in range(many)):
            points.append([(AGE, Point(NOON + timedelta(minutes=n), n))])

    return publish


def told(records):
    exposition = Exposition()
    exposition.add("default", records)
    lines = [line.split(" ") for line in exposition.text().splitlines() if line.startswith("kedge_sink_")]
    return {name.partition("{")[0].removeprefix("kedge_sink_"): float(value) for name, value in lines}


def test_a_sink_is_sent_what_is_published_from_then_on(start, publish):
    publish(2)
    sink = Sink()
    one = start(sink)
    publish(2)
    assert (one.once(), one.once(), sink.taken) == (True, False, [2, 3])


def test_a_sink_takes_as_much_as_it_can_and_goes_on_after_a_restart(start, publish):
    sink = Sink(most=2)
    start(sink)
    publish(5)
    for _ in range(3):
        start(sink)
    assert sink.taken == [0, 1, 2, 3, 4]


def test_what_a_kill_comes_between_is_sent_again_and_nothing_else(start, publish, monkeypatch):
    sink = Sink(most=2)
    one = start(sink)
    publish(4)
    one.once()
    with monkeypatch.context() as killed:
        killed.setattr(Sending, "_went", lambda *_: None)  # sent, and not marked
        one.once()
    start(sink)
    assert sink.taken == [0, 1, 2, 3, 2, 3]


def test_a_sink_that_fails_is_told_once_and_loses_nothing(start, publish, records, caplog):
    caplog.set_level(logging.INFO)
    sink = Sink()
    one = start(sink)
    publish(2)
    sink.fails = 3
    for _ in range(3):
        assert not one.once()
    assert told(records) == {"waiting": 2, "left_out_total": 0, "failing": 1}
    assert one.once()
    assert (sink.taken, told(records)) == ([0, 1], {"waiting": 0, "left_out_total": 0, "failing": 0})
    assert [record.message for record in caplog.records] == [
        "sink otlp, workspace default: It is away: https://ann:***@host. Points wait for it.",
        "sink otlp, workspace default: it takes points again",
    ]


def test_a_sink_that_fails_is_asked_less_and_less(start, publish, monkeypatch):
    now, sink, asked = 0.0, Sink(), []
    one = start(sink)
    monkeypatch.setattr(sending, "FIRST_REST", 5.0)
    monkeypatch.setattr(sending, "monotonic", lambda: now)
    publish()
    sink.fails = 100
    for now in range(1, 60):
        before = sink.fails
        one.once()
        asked += [now] if sink.fails < before else []
    assert asked == [1, 6, 16, 36]


def test_one_that_fails_delays_no_other(start, publish):
    away, well = Sink(), Sink()
    one, other = start(away, "one"), start(well, "other")
    publish(2)
    away.fails = 1
    one.once()
    other.once()
    assert (away.taken, well.taken) == ([], [0, 1])


def test_what_a_sink_never_takes_is_counted_and_not_sent_again(start, publish, records):
    one = start(Sink(most=4, never=3))
    publish(4)
    assert (one.once(), one.once(), told(records)["left_out_total"]) == (True, False, 3)


def test_of_two_servers_that_send_the_mark_of_the_one_holds(start, publish, records):
    slow, fast = Sink(), Sink()
    one, other = start(slow), start(fast)
    publish(2)
    taken = slow.send
    slow.send = lambda *told: (other.once(), taken(*told))[1]
    one.once()
    slow.send = taken
    publish(1)
    assert (one.once(), slow.taken, fast.taken) == (True, [0, 1, 2], [0, 1])


def test_how_the_queue_is_goes_to_every_sink_once_a_minute(start):
    sink = Sink()
    start(sink).once()
    assert sink.health == ["queue_waiting", "queue_running", "queue_age_seconds"]


def test_a_sink_that_is_no_more_is_forgotten(start, records):
    start(Sink(), "one")
    start(Sink(), "other")
    forget(records, ["other"])
    assert [record.name for record in records.list(sending.Query("sink"))] == ["other"]
