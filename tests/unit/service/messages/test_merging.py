"""A channel that was away for long is told once how things stand, and not each step there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from tests.unit.service.messages.test_senders import until

from kedge.domain.action import Action
from kedge.domain.notification import Outcome
from kedge.domain.subscription import Subscription
from kedge.service.messages.merging import merged, waits_long
from kedge.service.messages.publishing import Publishing
from kedge.service.messages.senders import Sender, Senders
from kedge.service.messages.sending import Sending


class Away:
    """A channel that does not answer until it is ``back``; it keeps what it took."""

    def __init__(self):
        self.back, self.took = False, []

    def notify(self, one):
        self.took += [one] if self.back else []
        return Outcome("sent") if self.back else Outcome("retry", "it is away")


@pytest.fixture
def away(told, monkeypatch):
    monkeypatch.setattr("kedge.service.messages.senders.LOOK_SECONDS", 0.01)
    channel, clock = Away(), SimpleNamespace(now=lambda: told.now)

    def sender(name, stop):
        publishing = Publishing(told.records, senders.add)
        return Sender(
            name, told.records, clock, Sending(name, told.records, lambda _: channel, clock, publishing), stop
        )

    senders = Senders(sender)
    yield SimpleNamespace(channel=channel, senders=senders)
    senders.rest(5)


def _weekend(told, away, hours=62):
    """Have an alarm go off and be fine again every hour, and what is made of it be tried."""
    for hour in range(hours):
        told.goes("drift", ("ALARM", "OK")[hour % 2])
        told.after()
        told.after(minutes=10)
        away.senders.add(told.queued)
        told.queued.clear()
        _tried(told)
        told.now += timedelta(minutes=50)


def _tried(told):
    """Wait until the first message that waits was tried, and is not due any more."""
    assert until(lambda: (waits := _waiting(told)) == [] or waits[0].next_time > told.now)


def _waiting(told):
    return [one for one in told.all() if one.status == "waiting"]


def test_after_a_weekend_a_channel_is_told_once_how_things_stand(told, away):
    told.goes("nulls")
    _weekend(told, away)
    assert len(_waiting(told)) <= 3
    away.channel.back = True
    told.now += timedelta(minutes=10)
    assert until(lambda: not _waiting(told))
    assert len(away.channel.took) <= 3
    stands = {one.alarm.name: one.state for sent in away.channel.took for one in sent.incidents}
    assert stands == {"drift": "OK", "nulls": "ALARM"}


def test_of_what_is_told_by_another_message_it_is_said_by_which(told, away):
    _weekend(told, away, hours=4)
    over, last = told.all()[0], told.all()[-1]
    assert (over.status, last.status) == ("silenced", "waiting")
    assert over.reason.startswith("The channel was away for long; on-call-")


def test_what_was_sent_again_a_moment_ago_has_not_waited_for_long(told):
    told.goes("drift")
    told.after()
    (one,) = told.after(seconds=10)
    later = told.now + timedelta(days=1)
    assert waits_long(replace(one, attempts=1), later)
    assert not waits_long(replace(one, attempts=1, resent=later), later)


def test_what_is_sent_again_while_a_later_one_waits_does_not_undo_what_that_says(told, away):
    for state in ("ALARM", "OK"):
        told.goes("drift", state)
        told.after()
        told.after(minutes=10)
    first, last = told.all()
    told.put(replace(first, status="failed", next_time=None, ended=told.now))
    away.senders.add([last])
    _tried(told)
    away.senders.add([told.log.resend(first.name)])
    told.now += timedelta(hours=2)
    assert until(lambda: told.log.get(first.name).status == "silenced")
    (one,) = told.log.get(last.name).incidents
    assert (one.alarm.name, one.state) == ("drift", "OK")


def test_messages_of_a_moment_are_not_merged(told, away):
    for state in ("ALARM", "OK"):
        told.goes("drift", state)
        told.after()
        told.after(minutes=6)
    away.senders.add(told.queued)
    assert until(lambda: told.all()[0].attempts == 1)
    assert [one.status for one in told.all()] == ["waiting", "waiting"]


def test_calls_of_actions_are_never_merged(told, away):
    told.put(Action(name="call", http="https://a.example", attempts=9))
    told.put(Subscription(name="on-call", to=("call",)))
    _weekend(told, away, hours=4)
    assert not [one for one in told.all() if one.status == "silenced"]


def test_of_more_than_fifty_alarms_the_others_are_named(told):
    for name in map(str, range(60)):
        told.alarm(name)
        told.goes(name)
    told.after()
    (one,) = told.after(seconds=10)
    _, last = merged([one, replace(one, name="later", incidents=one.incidents[:1], more=0, others=())])
    assert (len(last.incidents), last.more, len(set(last.alarms))) == (50, 10, 60)
