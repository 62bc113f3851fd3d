"""A message is sent until that succeeds, or it is clear that it never will; what became of it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from tests.unit.service.messages.conftest import NOON

from kedge.domain.action import Action
from kedge.domain.catalog import from_record
from kedge.domain.channel import Channel
from kedge.domain.notification import DEEPEST, Delivery, Notification, Outcome, Publication
from kedge.domain.subscription import Subscription
from kedge.errors import SettingError
from kedge.service.messages.notifications import keep
from kedge.service.messages.publishing import Publishing
from kedge.service.messages.sending import Sending
from kedge.service.messages.stages import through

SENT, LATER = Outcome("sent"), Outcome("retry", "it is away")


class Line:
    """The way of messages to ``mail``, which answers as it is told."""

    def __init__(self, told, *answers):
        self.told, self.answers, self.tried, self.made = told, list(answers), [], []
        clock = SimpleNamespace(now=lambda: told.now)
        publishing = Publishing(told.records, self.made.extend)
        self.sending = Sending("mail", told.records, lambda _: self, clock, publishing)

    def notify(self, notification):
        self.tried.append(notification.name)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def send(self, name="n", **given):
        """Send a message, and return it as it is kept then."""
        place = {"name": name, "workspace": "default", "subscription": "on-call", "to": "mail", "cause": "alarm"}
        keep(self.told.records, Notification(**{**place, "created": NOON, "next_time": NOON, **given}))
        one, stages = self.get(name), (self.sending.claim, self.sending.send, self.sending.record)
        through(stages, [one], self.told.now)
        return self.get(name)

    def get(self, name):
        return self.told.log.get(name)


@pytest.fixture
def line(told):
    return lambda *answers: Line(told, *answers)


def test_what_was_sent_is_kept_as_sent(line):
    one = line(Outcome("sent", "queued")).send()
    assert (one.status, one.reason, one.attempts, one.ended) == ("sent", "queued", 1, NOON)


def test_what_may_succeed_later_is_tried_ever_more_seldom(line, told):
    mail, waits = line(LATER), []
    for _ in range(9):
        told.now = mail.send().next_time
        waits.append((mail.send().next_time - told.now).total_seconds())
        told.now = mail.get("n").next_time
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (10, 600)


def test_what_is_not_due_is_not_tried(line):
    mail = line(LATER)
    assert mail.send() == mail.send()
    assert mail.tried == ["n"]


def test_after_a_week_it_is_given_up_with_the_last_reason(line, told):
    mail = line(LATER)
    told.now += timedelta(days=7)
    one = mail.send()
    assert (one.status, one.reason) == ("failed", "it is away")


def test_what_never_will_succeed_is_tried_once(line):
    one = line(Outcome("refused", "there is no such room")).send()
    assert (one.status, one.reason, one.attempts) == ("failed", "there is no such room", 1)


def test_a_killed_server_leaves_a_message_that_is_sent_again_under_the_same_name(line, told):
    mail = line(SENT)
    mail.sending.record = lambda *_: pytest.fail("killed")
    with pytest.raises(pytest.fail.Exception):
        mail.send()
    assert mail.get("n").status == "waiting"
    told.now += timedelta(seconds=5)
    del mail.sending.record
    assert mail.send().status == "sent"
    assert mail.tried == ["n", "n"]


def test_of_two_servers_that_try_one_sends(line, told):
    first, second = line(SENT), line(SENT)
    first.sending.send = lambda notifications, _: [one for one in notifications if not second.send()]
    first.send()
    assert (first.tried, second.tried) == ([], [])
    assert first.get("n").attempts == 1


def test_what_another_one_has_claimed_is_not_claimed_again(line, told):
    mail = line(SENT)
    mail.sending.send = lambda *_: []
    mail.send()
    seen = replace(mail.get("n"), attempts=0, next_time=NOON)
    assert mail.sending.claim([seen], told.now) == []


def test_an_action_that_never_came_to_its_end_is_given_up(line, told):
    told.put(Action(name="retrain", command=("true",), attempts=2))
    one = line(SENT).send(to="retrain", attempts=2)
    assert (one.status, one.reason) == ("failed", "It was begun 2 times, and never came to its end.")


def test_a_channel_that_is_gone_is_told(line, told):
    one = line(SENT).send(to="pager")
    assert (one.status, one.reason) == ("failed", "There is no channel or action 'pager' any more.")


def test_a_channel_that_cannot_be_made_ready_is_tried_again(line):
    mail = line(SettingError("The variable 'X' cannot be read.", next_step="Set it."))
    assert (mail.send().status, mail.get("n").reason) == ("waiting", "The variable 'X' cannot be read. Set it.")


def test_what_a_notifier_raises_costs_the_try_and_tells_no_secret(line):
    one = line(ValueError("https://token@host")).send()
    assert (one.status, one.reason) == ("waiting", "Sending failed with ValueError; the server's log says more.")


def test_what_a_server_says_steers_no_terminal(line, caplog):
    one = line(Outcome("retry", "It said \x1b]0;owned\x07\r\n2026 ERROR \x9b31m\u202e.")).send()
    assert one.reason == "It said  ]0;owned   2026 ERROR  31m ."
    assert not {"\x1b", "\r", "\u202e"} & set(caplog.text)


def test_how_a_channel_does_is_kept(line, told):
    mail = line(LATER, SENT)
    mail.send("a")
    failed = from_record(Delivery, told.records.get("delivery", "mail"))
    mail.send("b")
    sent = from_record(Delivery, told.records.get("delivery", "mail"))
    assert (failed.last_failed, failed.reason, failed.sent) == (NOON, "it is away", 0)
    assert (sent.last_sent, sent.reason, sent.sent) == (NOON, "", 1)


def test_since_when_a_channel_fails_is_kept_until_it_does_no_longer(line, told):
    mail, since = line(LATER, LATER, SENT), []
    for name in ("a", "b", "c"):
        mail.send(name)
        since.append(from_record(Delivery, told.records.get("delivery", "mail")).failing)
        told.now += timedelta(seconds=1)
    assert since == [NOON, NOON, None]


def test_an_action_is_tried_so_often_and_no_more(line, told):
    told.put(Action(name="retrain", command=("true",), attempts=2))
    action = line(LATER)
    action.send(to="retrain")
    told.now += timedelta(minutes=2)
    assert action.send().status == "failed"
    assert len(action.tried) == 2


def test_an_action_is_not_called_while_it_may_still_run(line, told):
    told.put(Action(name="retrain", command=("true",), timeout_seconds=90))
    action = line(SENT)
    action.sending.send = lambda *_: []
    assert action.send(to="retrain").next_time == NOON + timedelta(seconds=90)


def test_an_action_is_called_so_many_times_an_hour_and_that_is_told(line, told):
    told.put(Action(name="retrain", command=("true",), calls_per_hour=2))
    action = line(SENT)
    ends = [action.send(name, to="retrain").status for name in ("a", "b", "c")]
    assert ends == ["sent", "sent", "cut"]
    assert action.get("c").reason == "The action is called 2 times an hour at most (calls_per_hour)."
    told.now += timedelta(hours=1)
    assert action.send("d", to="retrain").status == "sent"


def test_what_an_action_publishes_is_on_its_way_to_those_of_the_subscription(line, told):
    action = line(Outcome("sent", published=(Publication("on-call", "done", "all is well"),)))
    action.send(depth=1)
    (one,) = action.made
    assert (one.to, one.cause, one.subject, one.text, one.depth) == ("mail", "published", "done", "all is well", 2)


def test_what_is_published_again_by_the_next_try_is_one_message(line, told):
    action = line(Outcome("retry", published=(Publication("on-call", "", "text"),)))
    action.send()
    told.now += timedelta(minutes=1)
    action.send()
    assert len(told.log.list()) == 2


def test_a_loop_is_cut_and_told(line, told, caplog):
    action = line(Outcome("sent", published=(Publication("on-call", "", "text"),)))
    action.send(depth=DEEPEST)
    (one,) = told.log.list(status="cut")
    assert one.reason.startswith("Messages have caused each other 5 times, the last one by the action 'mail'")
    assert action.made == []
    assert "cut" in caplog.text


def test_what_is_published_to_nobody_is_told(line):
    one = line(Outcome("sent", published=(Publication("on-cal", "", "text"),))).send()
    assert one.reason.startswith("It published to 'on-cal', and there is no such subscription. Did you mean 'on-call'?")


def test_why_somebody_was_not_told_is_found_by_the_alarm(told):
    told.put(Subscription(name="on-call", to=("mail",)))
    told.put(Channel(name="mail", url="json://localhost"))
    told.alarm("drift", actions_enabled=False)
    told.goes("drift")
    told.goes("nulls")
    told.after()
    told.after(seconds=10)
    found = told.log.list(alarm="drift")
    assert [one.reason for one in found] == ["The alarm is declared with actions_enabled: false."]
