"""What people are told of alarms: together, once, and not while they want silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kedge.domain.action import Action
from kedge.domain.alarm import Acknowledgement, Silence
from kedge.domain.notification import Notification
from kedge.domain.subscription import Subscription
from kedge.service.messages.incidents import LONGEST, Incidents, worst

HOUR = timedelta(hours=1)
SUBSCRIPTION = Subscription(name="on-call", to=("mail",))


def said(notifications):
    """Return cause, status, and how each alarm stands, of each message."""
    return [(one.cause, one.status, {i.alarm.name: i.state for i in one.incidents}) for one in notifications]


def test_an_alarm_is_told_once_its_group_has_waited(told):
    told.goes("drift")
    assert told.after(seconds=1) == []
    assert said(told.after(seconds=10)) == [("alarm", "waiting", {"drift": "ALARM"})]
    assert told.after(hours=1) == []


def test_alarms_of_a_group_are_told_in_one_message(told):
    told.goes("drift")
    told.after(seconds=5)
    told.goes("nulls")
    assert said(told.after(seconds=10)) == [("alarm", "waiting", {"drift": "ALARM", "nulls": "ALARM"})]


def test_messages_of_a_group_do_not_follow_each_other_closely(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    told.goes("nulls")
    told.after()
    assert told.after(minutes=4) == []
    assert said(told.after(minutes=1)) == [("alarm", "waiting", {"nulls": "ALARM"})]


def test_alarms_that_have_nothing_in_common_are_told_together_unless_somebody_says_otherwise(told):
    told.alarm("late", schedule="daily")
    told.goes("drift")
    told.goes("late")
    told.after()
    assert said(told.after(seconds=10)) == [("alarm", "waiting", {"drift": "ALARM", "late": "ALARM"})]


def test_alarms_of_other_schedules_are_told_apart_where_somebody_says_so(told):
    told.put(replace(SUBSCRIPTION, group_by=("schedule",)))
    told.alarm("late", schedule="daily")
    told.goes("drift")
    told.goes("late")
    told.after()
    assert sorted(one.group for one in told.after(seconds=10)) == ["daily", "hourly"]


def test_nobody_waits_for_a_clock_that_was_hours_ahead(told):
    told.goes("drift")
    told.after(seconds=0)
    told.after(minutes=1)
    told.now -= 6 * HOUR
    told.goes("nulls")
    told.after(seconds=0)
    assert said(told.after(minutes=1)) == [("alarm", "waiting", {"nulls": "ALARM"})]


def test_that_it_is_over_is_told_with_when_it_began(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    began = told.now - timedelta(seconds=10)
    told.after(minutes=5)
    told.goes("drift", "OK")
    told.after()
    (over,) = told.after(seconds=10)
    assert (over.cause, over.incidents[0].state, over.incidents[0].began) == ("resolved", "OK", began)


def test_nobody_is_told_that_all_is_well_who_was_not_told_otherwise(told):
    told.goes("drift", "OK")
    assert told.after() == told.after(minutes=10) == []


def test_what_came_and_went_meanwhile_is_one_message_that_says_both(told):
    told.goes("drift")
    began = told.now
    told.after()
    told.now += timedelta(seconds=1)
    told.goes("drift", "OK")
    (one,) = told.after(seconds=10)
    assert (one.cause, one.incidents[0].state, one.incidents[0].began) == ("resolved", "OK", began)


def test_what_came_and_went_between_two_looks_is_told_all_the_same(told):
    told.goes("drift", "OK")
    told.after()
    told.goes("drift", "ALARM")
    told.goes("drift", "OK")
    told.after()
    assert said(told.after(seconds=10)) == [("resolved", "waiting", {"drift": "OK"})]


def test_what_came_and_went_before_the_first_look_is_told_all_the_same(told):
    for state in ("OK", "ALARM", "OK"):
        told.goes("drift", state)
    told.after()
    assert said(told.after(seconds=10)) == [("resolved", "waiting", {"drift": "OK"})]


def test_what_came_and_went_before_somebody_subscribed_is_not_told(told):
    for state in ("OK", "ALARM", "OK"):
        told.goes("drift", state)
    told.put(Subscription(name="late", to=("hook",), group_wait=timedelta(0)))
    assert {one.subscription for one in told.after(seconds=10) + told.after(seconds=10)} == {"on-call"}


def test_what_was_told_is_not_told_again_after_values_were_missing(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    told.goes("drift", "INSUFFICIENT_DATA")
    told.after(minutes=10)
    told.goes("drift", "ALARM")
    told.after()
    (one,) = told.after(minutes=10)
    assert (one.status, one.reason.partition(" at ")[0]) == ("silenced", "It was told")


def test_a_silence_holds_and_says_so(told):
    told.goes("drift")
    told.put(Silence(name="drift", until=told.now + HOUR, by="ann", reason="a release"))
    told.after()
    (one,) = told.after(seconds=10)
    assert one.status == "silenced"
    assert one.reason.startswith("It is silenced until 2024-05-01T13:00:00Z by ann (a release).")
    assert told.after(minutes=30) == []


def test_what_still_alarms_is_told_when_a_silence_is_over(told):
    told.goes("drift")
    told.put(Silence(name="drift", until=told.now + HOUR))
    told.after()
    told.after(seconds=10)
    assert said(told.after(hours=1)) == [("alarm", "waiting", {"drift": "ALARM"})]


def test_what_is_over_before_a_silence_is_stays_untold(told):
    told.goes("drift")
    told.put(Silence(name="drift", until=told.now + HOUR))
    told.after()
    told.after(seconds=10)
    told.goes("drift", "OK")
    told.after(minutes=10)
    told.after(minutes=10)
    assert said(told.after(hours=1)) == said(told.after(hours=1)) == []


def test_what_is_silent_and_fine_leaves_nothing(told):
    told.put(Silence(name="drift", until=told.now + HOUR))
    told.goes("drift", "OK")
    told.after()
    assert told.after(seconds=10) == []


def test_nobody_is_told_of_an_alarm_that_says_so(told):
    told.alarm("drift", actions_enabled=False)
    told.goes("drift")
    told.after()
    (one,) = told.after(seconds=10)
    assert (one.status, one.reason) == ("silenced", "The alarm is declared with actions_enabled: false.")


def test_what_still_alarms_is_repeated(told):
    told.put(replace(SUBSCRIPTION, repeat_interval=HOUR))
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    assert told.after(minutes=59) == []
    assert said(told.after(minutes=1)) == [("repeat", "waiting", {"drift": "ALARM"})]
    assert told.after(minutes=59) == []


def test_what_somebody_looks_after_is_not_repeated(told):
    told.put(replace(SUBSCRIPTION, repeat_interval=HOUR))
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    told.put(Acknowledgement(name="drift", number=1, time=told.now, by="ann"))
    (one,) = told.after(hours=1)
    assert (one.status, one.reason) == ("silenced", "ann has acknowledged it, so that it is not told again.")


def test_an_action_is_told_of_each_time_alone(told):
    told.put(Action(name="retrain", handler="retrain.py"))
    told.put(replace(SUBSCRIPTION, to=("retrain",)))
    told.goes("drift")
    told.goes("nulls")
    told.after()
    told.goes("drift", "OK")
    expected = [("alarm", {"drift": "ALARM"}), ("alarm", {"nulls": "ALARM"}), ("resolved", {"drift": "OK"})]
    assert [(cause, states) for cause, _, states in said(told.after(seconds=10))] == expected


def test_who_wants_to_know_the_end_only_is_told_the_end(told):
    told.put(replace(SUBSCRIPTION, states=("OK",)))
    told.goes("drift")
    told.after()
    assert told.after(seconds=10) == []
    told.goes("drift", "OK")
    told.after()
    assert said(told.after(minutes=10)) == [("resolved", "waiting", {"drift": "OK"})]


def test_a_new_subscription_is_told_what_alarms(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    told.put(Subscription(name="chief", to=("mail",)))
    told.after()
    assert [one.subscription for one in told.after(seconds=10)] == ["chief"]


def test_that_an_alarm_was_deleted_ends_it(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    for kind in ("alarm", "alert"):
        told.records.delete(told.records.get(kind, "drift"), "ann")
    told.after(minutes=5)
    (one,) = told.after(minutes=5)
    assert (one.cause, one.incidents[0].reason) == ("resolved", "The alarm was deleted.")


def test_an_alarm_that_was_declared_anew_is_told_anew(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    told.records.delete(told.records.get("alert", "drift"), "ann")
    told.now += HOUR
    told.goes("drift", "OK")
    told.after()
    assert said(told.after(minutes=10)) == [("resolved", "waiting", {"drift": "OK"})]


def test_messages_of_a_killed_server_are_made_with_the_same_names(told, monkeypatch):
    told.put(replace(SUBSCRIPTION, to=("mail", "pager")))
    told.goes("drift")
    told.after()
    put, kinds = told.records.put, []

    def killed(record, by):
        kinds.append(record.kind)
        if kinds.count(Notification.kind) == 2:
            raise KeyboardInterrupt
        return put(record, by)

    monkeypatch.setattr(told.records, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        told.after(seconds=10)
    monkeypatch.undo()
    (first,) = told.all()
    told.restart()
    told.goes("nulls")
    told.after()
    assert [(one.to, said([one])[0][2]) for one in told.all()] == [
        ("mail", {"drift": "ALARM"}),
        ("pager", {"drift": "ALARM"}),
    ]
    assert told.all()[0] == first


def test_what_is_wrong_with_one_group_keeps_no_other(told, monkeypatch):
    told.put(replace(SUBSCRIPTION, group_by=("schedule",)))
    told.alarm("late", schedule="daily")
    told.goes("drift")
    told.goes("late")
    told.after()
    place = Incidents._place
    monkeypatch.setattr(Incidents, "_place", lambda self, one: 1 / 0 if one.alarm == "drift" else place(self, one))
    assert [one.group for one in told.after(seconds=10)] == ["daily"]
    monkeypatch.undo()
    assert [one.group for one in told.after(seconds=1)] == ["hourly"]


def test_a_server_that_starts_tells_nothing_twice(told):
    told.goes("drift")
    told.after()
    told.after(seconds=10)
    told.restart()
    assert told.after(hours=1) == []


def test_what_went_while_no_server_ran_is_told(told):
    told.after()
    told.goes("drift")
    told.restart()
    told.after()
    assert said(told.after(seconds=10)) == [("alarm", "waiting", {"drift": "ALARM"})]


def test_ten_thousand_alarms_become_one_message_that_names_the_worst(told):
    names = [f"a{n}" for n in range(200)]
    for number, name in enumerate(names):
        told.alarm(name)
        told.goes(name, value=number)
    told.after()
    (one,) = told.after(seconds=10)
    assert (len(one.incidents), one.more, one.incidents[0].alarm.name) == (50, 150, "a199")
    assert set(one.alarms) == set(names)


def test_the_name_of_a_feature_is_as_long_as_a_message_can_take():
    (found,) = worst([{"feature_name": "x" * 10_000_000, "description": "y" * 10_000_000}])
    assert (len(found.feature), len(found.text)) == (LONGEST, LONGEST)


def test_old_messages_are_forgotten(told):
    told.goes("drift")
    told.after()
    (one,) = told.after(seconds=10)
    told.put(replace(one, status="sent", ended=told.now, next_time=None))
    told.after(days=89)
    assert len(told.all()) == 1
    told.after(days=2)
    assert told.all() == []
