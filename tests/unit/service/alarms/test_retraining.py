"""An alarm asks for a retraining, waits until that has ended, and knows of the next look what came of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.analysis.retraining.recent import LabelledRow, Recent
from kedge.domain.action import Action
from kedge.domain.alarm import Alarm, Worn
from kedge.domain.catalog import MonitoringSchedule, pending_execution, to_record
from kedge.domain.documents import to_document
from kedge.domain.notification import Incident, Notification
from kedge.domain.record import Record
from kedge.domain.subscription import Subscription
from kedge.domain.window import Window
from kedge.errors import InputError, SettingError
from kedge.service.alarms.alarms import Alarms
from kedge.service.alarms.values import Values
from kedge.service.alarms.watching import Watching
from kedge.service.messages.notifications import Notifications

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORN = Worn(schedule="quality", threshold=2.0, rows=4)
SCHEDULE = MonitoringSchedule(
    name="quality",
    monitoring_job_definition_name="d",
    endpoint_name="fraud",
    schedule_expression="hourly",
    monitoring_type="ModelQuality",
)


class Store(dict):
    def read(self, url):
        if url not in self:
            raise InputError("There is no such file.", file=url)
        return self[url]


@pytest.fixture
def records(tmp_path):
    database = Sql(f"sqlite:///{tmp_path}/kedge.db")
    database.put(to_record(SCHEDULE), "ann")
    yield database
    database.close()


@pytest.fixture
def alarms(records):
    return Alarms(records, "ann", SimpleNamespace(now=lambda: NOON))


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def judged(records, store):
    """Have an execution of an hour end, which left these errors, one a minute from its beginning on."""

    def run(hour: datetime, *errors: float, revision: int = 1) -> None:
        made = pending_execution(SCHEDULE, hour + HOUR, Window(hour, hour + HOUR), revision=revision)
        url = f"reports/{hour:%H}/{revision}"
        records.put(to_record(replace(made, status="Completed", report=url)), "")
        rows = [LabelledRow(hour + timedelta(minutes=m), hour.hour * 60 + m, e) for m, e in enumerate(errors)]
        store[f"{url}/recent.json"] = json.dumps(to_document(Recent(1000, tuple(rows)))).encode()

    return run


@pytest.fixture
def look(records, store, alarms):
    """Return how the alarm stands at a time, and why."""
    watching = Watching(records, Values(records, records.points, store))

    def run(time: datetime, judged: tuple[str, ...] = ("quality",)) -> tuple[str, str]:
        watching.look(time, (), judged)
        alert = alarms.alert("worn")
        return alert.state, alert.reason

    return run


@pytest.fixture
def called(records, alarms):
    """Have an action be subscribed, and a call of it stand so."""
    for resource in (Action(name="train", command=("true",)), Subscription(name="ops", to=("train", "people"))):
        records.put(Record(resource.kind, resource.name, to_document(resource)), "ann")

    def run(status: str, ended: datetime | None = None, reason: str = "") -> None:
        alert = alarms.alert("worn")
        told = Incident(
            alarm=alarms.get("worn"), state="ALARM", previous="OK", since=alert.since, number=alert.number, reason=""
        )
        given = {"workspace": "", "subscription": "ops", "to": "train", "cause": "alarm", "created": alert.since}
        note = Notification(
            name=f"{alert.number}", incidents=(told,), status=status, ended=ended, reason=reason, **given
        )
        known = records.get(note.kind, note.name) or Record(note.kind, "")
        records.put(replace(known, document=to_document(note), **note.place()), "")

    return run


def test_the_error_of_the_last_rows_of_all_executions_asks(alarms, judged, look):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    judged(NOON, 9, 9, 1, 1)
    judged(NOON + HOUR, 1, 1)
    assert look(NOON + 2 * HOUR) == ("OK", "The rmse of the last 4 labelled rows is 1, not past 2.")
    judged(NOON + 2 * HOUR, 3, 3, 3)
    assert look(NOON + 3 * HOUR) == ("ALARM", "The rmse of the last 4 labelled rows is 2.64575, past 2.")


def test_with_too_few_rows_nothing_is_said(alarms, judged, look):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    assert look(NOON) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    judged(NOON, 9, 9, 9)
    assert look(NOON + HOUR)[0] == "INSUFFICIENT_DATA"


def test_of_a_window_that_was_judged_again_the_last_verdict_counts(alarms, judged, look):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    judged(NOON, 9, 9, 9, 9)
    judged(NOON, 1, 1, 1, 1, revision=2)
    assert look(NOON + HOUR)[0] == "OK"


def test_it_is_asked_for_once_until_it_has_ended(alarms, judged, look, called):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    judged(NOON, 9, 9, 9, 9)
    assert look(NOON + HOUR)[0] == "ALARM"
    assert look(NOON + 2 * HOUR)[0] == "ALARM"
    called("waiting")
    judged(NOON + 2 * HOUR, 9, 9, 9, 9)
    assert look(NOON + 3 * HOUR)[0] == "ALARM"
    assert alarms.alert("worn").number == 1


def test_when_it_has_ended_only_rows_of_the_new_model_count(alarms, judged, look, called):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    called("sent", NOON + 2 * HOUR + timedelta(minutes=2))
    assert look(NOON + 3 * HOUR) == ("OK", "The retraining of 2024-05-01T13:00:00Z has ended.")
    judged(NOON + 2 * HOUR, 9, 9, 1, 1, 1)
    assert look(NOON + 4 * HOUR)[0] == "INSUFFICIENT_DATA"
    judged(NOON + 3 * HOUR, 1)
    assert look(NOON + 5 * HOUR) == ("OK", "The rmse of the last 4 labelled rows is 1, not past 2.")


@pytest.mark.parametrize("status", ["failed", "cut", "silenced"])
def test_one_that_failed_leaves_the_old_model_and_is_asked_for_again_after_the_cool_down(
    alarms, judged, look, called, status
):
    alarms.declare(Alarm(name="worn", retraining=replace(WORN, cool_down=3 * HOUR)))
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    called(status, NOON + HOUR, "no disk")
    assert look(NOON + 2 * HOUR) == ("OK", "The retraining of 2024-05-01T13:00:00Z has failed: no disk")
    assert look(NOON + 3 * HOUR)[0] == "OK"
    assert look(NOON + 4 * HOUR)[0] == "ALARM"


@pytest.fixture
def failed(alarms, judged, look, called):
    """A retraining was asked for at one o'clock, and its action failed then; something still asks for one."""
    alarms.declare(Alarm(name="worn", retraining=replace(WORN, budget=1)))
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    called("failed", NOON + HOUR, "no disk")
    look(NOON + 2 * HOUR)
    alarms.declare(Alarm(name="worn", retraining=WORN))


@pytest.fixture
def resend(records):
    """Have the action be called again by hand, and that come to an end."""
    log = Notifications(records, "ann", SimpleNamespace(now=lambda: NOON + 2 * HOUR))

    def run(status: str = "waiting", ended: datetime | None = None) -> None:
        one = log.resend("1")
        records.put(to_record(replace(one, status=status, ended=ended), records.get(one.kind, "1")), "")

    return run


def test_while_what_failed_is_made_again_by_hand_no_other_is_asked_for(failed, look, resend):
    resend()
    assert look(NOON + 3 * HOUR)[0] == "OK"


def test_what_succeeded_when_it_was_made_again_by_hand_counts(failed, judged, look, resend):
    resend("sent", NOON + 3 * HOUR)
    assert look(NOON + 4 * HOUR)[0] == "INSUFFICIENT_DATA"
    judged(NOON + 3 * HOUR, 9, 9, 9, 9)
    assert look(NOON + 5 * HOUR)[0] == "ALARM"


def test_what_failed_when_it_was_made_again_by_hand_is_asked_for_anew(failed, look, resend):
    resend("failed", NOON + 3 * HOUR)
    assert look(NOON + 4 * HOUR)[0] == "ALARM"


def test_one_that_is_made_again_by_hand_before_the_alarm_knows_is_still_under_way(alarms, judged, look, called, resend):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    called("failed", NOON + HOUR, "no disk")
    resend()
    assert (look(NOON + 2 * HOUR)[0], alarms.alert("worn").number) == ("ALARM", 1)
    resend("sent", NOON + 2 * HOUR)
    assert look(NOON + 3 * HOUR) == ("OK", "The retraining of 2024-05-01T13:00:00Z has ended.")


def test_where_nobody_is_called_what_was_asked_for_is_taken_as_done(alarms, judged, look):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    assert look(NOON + 2 * HOUR) == ("OK", "Nobody is called for it, so it is taken as done.")
    judged(NOON + HOUR, 9, 9, 9, 9)
    assert look(NOON + 3 * HOUR)[0] == "ALARM"


@pytest.mark.parametrize("others", [{"alarms": ("drift",)}, {"states": ("OK",)}])
def test_an_action_that_is_not_called_for_it_is_not_waited_for(alarms, judged, look, records, called, others):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    known = records.get(Subscription.kind, "ops")
    changed = Subscription(name="ops", to=("train",), **others)
    records.put(replace(known, document=to_document(changed)), "ann")
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    assert look(NOON + 2 * HOUR) == ("OK", "Nobody is called for it, so it is taken as done.")


def test_it_is_looked_at_in_every_period_though_nothing_was_judged(alarms, judged, look, called):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    called("sent", NOON + 2 * HOUR)
    assert look(NOON + 3 * HOUR, ())[0] == "OK"


def test_an_action_that_is_never_called_does_not_hold_it_up_for_ever(alarms, judged, look, called):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    assert look(NOON + 48 * HOUR)[0] == "ALARM"
    assert look(NOON + 50 * HOUR) == (
        "OK",
        "The retraining of 2024-05-01T13:00:00Z has failed: nobody was called",
    )


def test_the_budget_holds_it_back(alarms, judged, look):
    alarms.declare(Alarm(name="worn", retraining=replace(WORN, budget=1)))
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    look(NOON + 2 * HOUR)
    judged(NOON + HOUR, 9, 9, 9, 9)
    assert look(NOON + 3 * HOUR)[0] == "OK"


def test_at_regular_intervals_it_is_asked_for_without_a_row(alarms, judged, look):
    alarms.declare(Alarm(name="worn", retraining=Worn(schedule="quality", every=3 * HOUR)))
    judged(NOON)
    assert look(NOON + HOUR)[0] == "OK"
    assert look(NOON + 3 * HOUR)[0] == "ALARM"


def test_one_that_is_declared_anew_begins_anew(alarms, judged, look):
    alarms.declare(Alarm(name="worn", retraining=replace(WORN, budget=1)))
    judged(NOON, 9, 9, 9, 9)
    look(NOON + HOUR)
    alarms.delete("worn")
    alarms.declare(Alarm(name="worn", retraining=replace(WORN, budget=1)))
    assert look(NOON + 2 * HOUR)[0] == "ALARM"


def test_a_report_that_cannot_be_read_counts_for_nothing(alarms, judged, look, store):
    alarms.declare(Alarm(name="worn", retraining=WORN))
    judged(NOON, 9, 9, 9, 9)
    judged(NOON + HOUR, 1, 1, 1, 1)
    store["reports/13/1/recent.json"] = b"{"
    assert look(NOON + 2 * HOUR)[0] == "ALARM"


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"threshold": None}, "retraining.threshold", "Nothing ever asks for a retraining."),
        ({"rows": 2000}, "retraining.rows", "1,000"),
        ({"metric": "auc"}, "retraining.metric", "There is no metric 'auc'."),
        ({"period": HOUR}, "retraining.budget", "A period without a budget bounds nothing."),
    ],
)
def test_a_rule_that_cannot_be_is_refused_with_its_key(alarms, changed, field, said):
    with pytest.raises(SettingError, match=said) as caught:
        alarms.declare(Alarm(name="worn", retraining=replace(WORN, **changed)))
    assert caught.value.field == field


def test_a_schedule_that_is_not_of_model_quality_is_refused(alarms, records):
    records.put(to_record(replace(SCHEDULE, name="drift", monitoring_type="DataQuality")), "ann")
    with pytest.raises(SettingError, match="'drift' is of DataQuality, and knows no errors of a model"):
        alarms.declare(Alarm(name="worn", retraining=replace(WORN, schedule="drift")))
