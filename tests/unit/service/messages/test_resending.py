"""What failed is sent again by hand: under its name, and as if it had never been tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.service.messages.conftest import NOON
from tests.unit.service.messages.test_sending import LATER, SENT, Line

from kedge.domain.action import Action
from kedge.domain.notification import Notification, Outcome
from kedge.errors import Conflict, NotFound, SettingError
from kedge.service.messages.notifications import keep

REFUSED = Outcome("refused", "404: there is no such room")


@pytest.fixture
def line(told):
    return lambda *answers: Line(told, *answers)


@pytest.fixture
def made(told):
    """Have there be a message that stands so."""

    def run(name, status, minute=0, **given):
        place = {"workspace": "default", "subscription": "on-call", "to": "mail", "cause": "alarm"}
        time = NOON + timedelta(minutes=minute)
        return keep(told.records, Notification(**{**place, "name": name, "status": status, "created": time, **given}))

    return run


def test_what_failed_is_sent_again_under_the_same_name(line, told):
    mail = line(REFUSED, SENT)
    mail.send()
    told.now += timedelta(days=30)
    waits = told.log.resend("n")
    assert (waits.status, waits.next_time, waits.ended) == ("waiting", told.now, None)
    assert (mail.send().status, mail.tried) == ("sent", ["n", "n"])


def test_who_had_it_sent_again_stands_in_its_history(made, told):
    made("n", "failed")
    told.log.resend("n")
    (change,) = told.records.changes("notification", "n")
    assert (change.by, change.before["status"], change.after["status"]) == ("ann", "failed", "waiting")


def test_the_patience_of_a_week_begins_anew(line, told):
    mail = line(REFUSED, LATER)
    mail.send()
    told.now += timedelta(days=30)
    told.log.resend("n")
    assert mail.send().status == "waiting"
    told.now += timedelta(days=7)
    assert mail.send().status == "failed"


def test_the_tries_of_an_action_begin_anew(line, told):
    told.put(Action(name="retrain", command=("true",), attempts=1))
    action = line(LATER)
    assert action.send(to="retrain").status == "failed"
    told.now += timedelta(minutes=2)
    assert told.log.resend("n").attempts == 0
    action.send()
    assert (len(action.tried), action.get("n").status) == (2, "failed")


def test_what_was_cut_is_called_when_the_hour_is_over(line, told):
    told.put(Action(name="retrain", command=("true",), calls_per_hour=1))
    action = line(SENT)
    assert [action.send(name, to="retrain").status for name in ("a", "b")] == ["sent", "cut"]
    told.now += timedelta(hours=1)
    told.log.resend("b")
    assert action.send("b").status == "sent"


def test_what_waits_is_tried_at_once_and_that_is_all(line, told):
    before = line(LATER).send()
    told.now += timedelta(seconds=1)
    assert told.log.resend("n") == replace(before, next_time=told.now)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("sent", "The notification 'n' was sent: whoever it went to took it."),
        ("silenced", "The notification 'n' is silenced, so that nobody is told: It was told already."),
    ],
)
def test_what_is_not_sent_again_is_refused_with_the_reason(made, told, status, why):
    before = made("n", status, reason="It was told already.")
    with pytest.raises(Conflict) as error:
        told.log.resend("n")
    assert (error.value.message, told.log.get("n")) == (why, before)


def test_what_goes_to_nobody_any_more_is_refused_with_the_nearest(made, told):
    made("n", "failed", to="mial")
    with pytest.raises(NotFound, match=r"There is no channel or action 'mial'\. Did you mean 'mail'\?"):
        told.log.resend("n")
    with pytest.raises(NotFound, match="'mial'"):
        told.log.resend_all("mial")


def test_several_are_sent_again_the_oldest_first_and_no_more_than_is_said(made, told):
    for number in range(5):
        made(f"n{5 - number}", "failed", number)
    made("other", "failed", to="pager")
    made("done", "sent")
    assert told.log.resend_all("mail", limit=2) == 2
    assert {one.name for one in told.log.list(status="waiting")} == {"n5", "n4"}
    assert told.log.resend_all("mail") == 3


def test_what_somebody_changes_meanwhile_is_left_alone(made, told, monkeypatch):
    for name in ("a", "b"):
        made(name, "failed")
    put = told.records.put

    def late(record, by):
        monkeypatch.setattr(told.records, "put", put)
        told.put(replace(told.log.get(record.name), reason="tried meanwhile"))
        return put(record, by)

    monkeypatch.setattr(told.records, "put", late)
    assert told.log.resend_all("mail") == 1
    assert {one.name: one.status for one in told.log.list()} == {"a": "failed", "b": "waiting"}


@pytest.mark.parametrize(("given", "field"), [({"status": "sent"}, "status"), ({"limit": 1001}, "limit")])
def test_a_status_or_a_number_that_cannot_be_is_refused(told, given, field):
    with pytest.raises(SettingError) as error:
        told.log.resend_all("mail", **given)
    assert error.value.field == field


def test_a_server_notices_what_is_sent_again_with_its_next_look(made, told):
    made("n", "failed")
    told.after()
    told.after(minutes=5)
    told.log.resend("n")
    told.after(seconds=1)
    assert [one.name for one in told.queued] == ["n"]
