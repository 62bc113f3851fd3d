"""Alarms are evaluated when a value comes and when one is missed, and each goes from state to state once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from kedge.adapters.databases.sql import Sql
from kedge.domain.alarm import Alarm, Lines
from kedge.domain.catalog import MonitoringSchedule, pending_execution, to_record
from kedge.domain.metric import Metric, Point
from kedge.domain.record import Query
from kedge.domain.window import Window
from kedge.errors import InputError
from kedge.service.alarms.alarms import Alarms
from kedge.service.alarms.values import Values
from kedge.service.alarms.watching import Watching

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
METRIC = Metric("data", "drift", (("Endpoint", "fraud"),))
PUBLISHED = Metric("data", "drift", (("Endpoint", "fraud"), ("Feature", "age")))
DRIFT = Alarm(name="drift", metric=METRIC, threshold=0.1)
SCHEDULE = MonitoringSchedule(
    name="hourly", monitoring_job_definition_name="d", endpoint_name="fraud", schedule_expression="hourly"
)


class Store:
    def read(self, url):
        return {"log": b"an ERROR\nfine\nERROR\n"}[url]


@pytest.fixture
def records(tmp_path):
    database = Sql(f"sqlite:///{tmp_path}/kedge.db")
    database.put(to_record(SCHEDULE), "ann")
    yield database
    database.close()


@pytest.fixture
def clock():
    return SimpleNamespace(now=lambda: NOON)


@pytest.fixture
def alarms(records, clock):
    return Alarms(records, "ann", clock)


@pytest.fixture
def watching(records):
    return Watching(records, Values(records, records.points, Store()))


@pytest.fixture
def publish(records, watching):
    """Publish a value at a time, and return how the alarms that went stand."""

    def run(value: float, time: datetime, metric: Metric = PUBLISHED) -> list[tuple[str, str]]:
        records.points.append([(metric, Point(time, value))])
        return [(alert.name, alert.state) for alert in watching.look(time + HOUR, [metric])]

    return run


def test_an_alarm_that_nobody_evaluated_has_no_data(alarms):
    alarms.declare(DRIFT)
    assert alarms.alert("drift").state == "INSUFFICIENT_DATA"


def test_a_value_that_comes_is_evaluated_at_once(alarms, publish):
    alarms.declare(DRIFT)
    assert publish(0.31, NOON - HOUR) == [("drift", "ALARM")]
    assert alarms.alert("drift").reason == (
        "Threshold Crossed: 1 datapoint [0.31 (01/05/24 11:00:00)] was greater than the threshold (0.1)."
    )


@pytest.mark.parametrize(
    "metric",
    [
        replace(PUBLISHED, name="other"),
        replace(PUBLISHED, namespace="model"),
        replace(PUBLISHED, dimensions=(("Endpoint", "churn"),)),
    ],
)
def test_a_value_of_another_metric_is_not_the_alarms(alarms, publish, metric):
    alarms.declare(DRIFT)
    assert publish(0.31, NOON - HOUR, metric) == []


def test_an_alarm_goes_once_however_many_values_say_so(alarms, publish):
    alarms.declare(DRIFT)
    told = [publish(0.3, NOON - HOUR), publish(0.4, NOON), publish(0.01, NOON + HOUR), publish(0.02, NOON + 2 * HOUR)]
    assert told == [[("drift", "ALARM")], [], [("drift", "OK")], []]
    assert [(one.previous, one.state, one.since.hour, one.number) for one in alarms.transitions("drift")] == [
        ("INSUFFICIENT_DATA", "ALARM", 12, 1),
        ("ALARM", "OK", 14, 2),
    ]


def test_a_value_that_does_not_come_is_missed(alarms, publish, watching):
    alarms.declare(DRIFT)
    publish(0.01, NOON - HOUR)
    told = [[alert.state for alert in watching.look(NOON + minutes)] for minutes in (HOUR, 2 * HOUR, 3 * HOUR)]
    assert told == [[], [], ["INSUFFICIENT_DATA"]]


def test_where_many_miss_a_value_what_came_does_not_wait_for_them(alarms, watching, records, monkeypatch):
    monkeypatch.setattr("kedge.service.alarms.watching.MOST_MISSED", 1)
    for name in ("a", "b", "c"):
        alarms.declare(replace(DRIFT, name=name, metric=replace(METRIC, name=name), treat_missing_data="breaching"))
        records.points.append([(replace(PUBLISHED, name=name), Point(NOON - HOUR, 0.01))])
    watching.look(NOON)
    looks = [watching.look(NOON + 4 * HOUR, came) for came in ([replace(PUBLISHED, name="c")], [])]
    assert [[alert.name for alert in went] for went in looks] == [["a", "c"], ["b"]]


def test_nothing_is_looked_at_before_a_value_is_missed(alarms, publish, watching, records):
    alarms.declare(DRIFT)
    publish(0.01, NOON - HOUR)
    records.points.append([(PUBLISHED, Point(NOON - HOUR, 0.31))])  # of which nobody tells
    assert watching.look(NOON + timedelta(minutes=59)) == []
    assert [alert.state for alert in watching.look(NOON + HOUR)] == ["ALARM"]


def test_a_period_that_passes_is_no_change_that_anybody_made(alarms, watching, records):
    alarms.declare(DRIFT)
    for hour in range(5):
        watching.look(NOON + hour * HOUR)
    assert records.changes("alert", "drift") == []


def test_nothing_is_written_of_an_alarm_that_stays_as_it_is(alarms, publish, records):
    alarms.declare(DRIFT)
    publish(0.01, NOON - HOUR)
    stood = records.get("alert", "drift")
    for hour in range(3):
        publish(0.02, NOON + hour * HOUR)
    assert records.get("alert", "drift") == stood


def test_an_alarm_that_is_changed_is_evaluated_at_once(alarms, publish, watching):
    alarms.declare(DRIFT)
    publish(0.31, NOON - HOUR)
    watching.look(NOON)
    alarms.declare(replace(DRIFT, threshold=0.5))
    assert alarms.alert("drift").state == "ALARM"
    assert [alert.state for alert in watching.look(NOON)] == ["OK"]


def test_a_server_that_starts_looks_at_every_alarm(alarms, records, watching):
    alarms.declare(DRIFT)
    watching.look(NOON)
    records.points.append([(PUBLISHED, Point(NOON - HOUR, 0.31))])
    assert watching.look(NOON) == []
    assert [alert.name for alert in Watching(records, watching.values).look(NOON)] == ["drift"]


def test_a_changed_alarm_watches_its_new_metric(alarms, publish):
    alarms.declare(DRIFT)
    publish(0.01, NOON - HOUR)
    other = replace(PUBLISHED, name="other")
    alarms.declare(replace(DRIFT, metric=replace(METRIC, name="other")))
    assert publish(0.31, NOON - HOUR, other) == [("drift", "ALARM")]


def test_a_deleted_alarm_says_nothing(alarms, publish, watching):
    alarms.declare(DRIFT)
    publish(0.31, NOON - HOUR)
    alarms.delete("drift")
    assert (publish(0.01, NOON), watching.look(NOON + HOUR)) == ([], [])
    assert watching.records.list(Query("alert")) == []
    assert len(alarms.transitions("drift")) == 1


def test_an_alarm_that_was_deleted_and_declared_anew_is_the_new_one(alarms, publish, watching):
    alarms.declare(DRIFT)
    publish(0.31, NOON - HOUR)
    alarms.delete("drift")
    alarms.declare(replace(DRIFT, threshold=0.5))
    assert [alert.state for alert in watching.look(NOON)] == ["OK"]


def test_of_two_servers_that_see_the_same_one_has_the_alarm_go(alarms, records, watching):
    alarms.declare(DRIFT)
    servers = [watching, Watching(records, watching.values)]
    went, start = [], Barrier(2)

    def see(server: Watching, turn: int) -> None:
        start.wait()
        went.extend(server.look(NOON + turn * HOUR, [PUBLISHED]))

    for turn in range(20):
        records.points.append([(PUBLISHED, Point(NOON + (turn - 1) * HOUR, float(turn % 2)))])
        threads = [Thread(target=see, args=(server, turn)) for server in servers]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    assert [alert.number for alert in went] == list(range(1, 21))
    assert [alert.number for alert in alarms.transitions("drift")] == list(range(1, 21))


def test_who_saw_older_values_does_not_have_an_alarm_go_back(alarms, records, watching):
    alarms.declare(DRIFT)
    fresh = watching.values

    class Slow(Values):
        def points(self, alarms, now):
            found = fresh.points(alarms, now)
            if not found["drift"]:  # meanwhile another one sees a value
                records.points.append([(PUBLISHED, Point(NOON - HOUR, 0.31))])
                Watching(records, fresh).look(NOON, [PUBLISHED])
            return found

    assert Watching(records, Slow(records, records.points, None)).look(NOON, [PUBLISHED]) == []
    assert [alert.state for alert in alarms.transitions("drift")] == ["ALARM"]


def test_composite_alarms_go_with_those_that_they_name(alarms, publish):
    alarms.declare(DRIFT)
    alarms.declare(Alarm(name="any", rule="drift or FALSE"))
    alarms.declare(Alarm(name="above", rule="any and not OK(drift)"))
    assert publish(0.31, NOON - HOUR) == [("drift", "ALARM"), ("any", "ALARM"), ("above", "ALARM")]
    assert publish(0.01, NOON) == [("drift", "OK"), ("any", "OK"), ("above", "OK")]


def test_composite_alarms_that_are_new_go_after_those_that_they_name(alarms, records, watching):
    records.points.append([(PUBLISHED, Point(NOON - HOUR, 0.31))])
    for alarm in (DRIFT, Alarm(name="any", rule="drift"), Alarm(name="above", rule="any")):
        alarms.declare(alarm)
    assert [(alert.name, alert.state) for alert in watching.look(NOON)] == [
        ("drift", "ALARM"),
        ("any", "ALARM"),
        ("above", "ALARM"),
    ]


def test_composite_alarms_that_name_each_other_harm_nobody(alarms, records, publish):
    alarms.declare(DRIFT)
    for name, other in (("one", "two"), ("two", "one")):
        alarms.make(Alarm(name=name, rule=other))  # as if both had been declared at the same time
    assert publish(0.31, NOON - HOUR)[0] == ("drift", "ALARM")


def test_a_composite_alarm_that_was_left_behind_is_caught_up_with(alarms, publish, watching, monkeypatch):
    alarms.declare(DRIFT)
    alarms.declare(Alarm(name="any", rule="drift"))
    with monkeypatch.context() as killed:
        killed.setattr(Watching, "_states", lambda *_: (_ for _ in ()).throw(InputError("killed")))
        publish(0.31, NOON - HOUR)
    assert [alert.name for alert in watching.look(NOON + timedelta(seconds=1))] == ["any"]


def test_an_alarm_that_cannot_be_evaluated_keeps_no_other_from_it(alarms, publish, watching, monkeypatch):
    alarms.declare(DRIFT)
    alarms.declare(Alarm(name="a-log", lines=Lines("hourly", "ERROR")))
    monkeypatch.setattr(Values, "_counted", lambda *_: (_ for _ in ()).throw(InputError("The log is gone.")))
    publish(0.01, NOON - HOUR)
    assert [alert.name for alert in watching.look(NOON + 4 * HOUR)] == ["drift"]


@pytest.fixture
def end(records, watching):
    """Have an execution end, and return how the alarms that went stand."""

    def run(hour: int, status: str = "CompletedWithViolations", revision: int = 1) -> list[tuple[str, str]]:
        slot = NOON + hour * HOUR
        execution = replace(
            pending_execution(SCHEDULE, slot, Window(slot - HOUR, slot), revision=revision), status=status, log="log"
        )
        records.put(to_record(execution), "")
        return [(alert.name, alert.state) for alert in watching.look(slot, schedules=["hourly"])]

    return run


def test_executions_with_violations_alarm(alarms, end):
    alarms.declare(Alarm(name="alert", executions_of="hourly", evaluation_periods=3, datapoints_to_alarm=2))
    told = [end(0), end(1), end(2, "Completed"), end(3, "Failed"), end(4)]
    assert told == [[("alert", "OK")], [("alert", "ALARM")], [], [("alert", "OK")], []]


def test_an_execution_that_is_not_over_does_not_count(alarms, end):
    alarms.declare(Alarm(name="alert", executions_of="hourly"))
    assert [end(0), end(1, "InProgress"), end(2, "Pending")] == [[("alert", "ALARM")], [], []]


def test_of_a_slot_that_was_judged_again_the_last_verdict_counts(alarms, end):
    alarms.declare(Alarm(name="alert", executions_of="hourly"))
    assert [end(0), end(0, "Completed", revision=2)] == [[("alert", "ALARM")], [("alert", "OK")]]


def test_lines_of_logs_are_counted(alarms, end):
    alarms.declare(Alarm(name="errors", lines=Lines("hourly", "ERROR"), statistic="Sum", threshold=1))
    assert end(0, "Completed") == [("errors", "ALARM")]
    assert alarms.alert("errors").datapoints == (Point(NOON, 2.0),)


def test_a_log_is_read_once(alarms, end, watching, monkeypatch):
    alarms.declare(Alarm(name="errors", lines=Lines("hourly", "ERROR"), statistic="Sum", evaluation_periods=3))
    reads: list[str] = []
    monkeypatch.setattr(Store, "read", lambda _, url: reads.append(url) or b"ERROR")
    end(0, "Completed")
    end(1, "Completed")
    watching.look(NOON + 2 * HOUR, schedules=["hourly"])
    assert reads == ["log"]


def test_a_log_that_is_gone_is_looked_for_again(alarms, end, watching, monkeypatch):
    alarms.declare(Alarm(name="errors", lines=Lines("hourly", "ERROR"), statistic="Sum"))
    with monkeypatch.context() as away:
        away.setattr(Store, "read", lambda *_: (_ for _ in ()).throw(InputError("The store is away.")))
        assert end(0, "Completed") == [("errors", "OK")]
    assert [alert.state for alert in watching.look(NOON + HOUR)] == ["ALARM"]


def test_who_is_always_late_gives_up_until_the_next_look(alarms, records, watching, monkeypatch):
    alarms.declare(DRIFT)
    watching.look(NOON)
    records.points.append([(PUBLISHED, Point(NOON - HOUR, 0.31))])
    put_all = records.put_all

    def others(found, by):
        records.put(records.get("alert", "drift"), "")
        return put_all(found, by)

    with monkeypatch.context() as busy:
        busy.setattr(records, "put_all", others)
        assert watching.look(NOON, [PUBLISHED]) == []
    assert [alert.state for alert in watching.look(NOON)] == ["ALARM"]


def test_what_could_not_be_looked_up_is_with_the_next_look(alarms, records, watching, monkeypatch):
    alarms.declare(DRIFT)
    watching.look(NOON)
    records.points.append([(PUBLISHED, Point(NOON - HOUR, 0.31))])
    with monkeypatch.context() as away:
        away.setattr(Values, "points", lambda *_: (_ for _ in ()).throw(InputError("The database is away.")))
        assert watching.look(NOON, [PUBLISHED]) == []
    assert [alert.state for alert in watching.look(NOON)] == ["ALARM"]


def test_who_evaluated_a_rule_that_was_changed_meanwhile_evaluates_the_new_one(alarms, records, watching, monkeypatch):
    alarms.declare(DRIFT)
    records.points.append([(PUBLISHED, Point(NOON - HOUR, 0.31))])
    fresh = watching.values.points

    def slow(asked, now):
        alarms.declare(replace(DRIFT, threshold=0.5))
        return fresh(asked, now)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Values, "points", lambda _, *asked: slow(*asked))
        assert watching.look(NOON, [PUBLISHED]) == []
    assert [alert.state for alert in watching.look(NOON)] == ["OK"]


def test_many_alarms_are_evaluated_in_few_questions(alarms, records, watching):
    for number in range(100):
        alarms.make(replace(DRIFT, name=f"drift-{number}", threshold=number / 100))
    watching.look(NOON)
    asked: list[str] = []
    sa.event.listen(records._engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    records.points.append([(PUBLISHED, Point(NOON - HOUR, -1))])
    assert len(watching.look(NOON, [PUBLISHED])) == 100
    assert sum("SELECT" in one for one in asked) < 10


def test_an_alarm_that_was_deleted_while_the_server_was_away_is_forgotten(alarms, records, publish, watching):
    alarms.declare(DRIFT)
    publish(0.31, NOON - HOUR)
    records.delete(records.get("alarm", "drift"), "ann")  # and nobody came to delete how it stood
    Watching(records, watching.values).look(NOON)
    assert records.list(Query("alert")) == []


def test_how_an_alarm_stood_long_ago_is_forgotten(records, watching):
    changes = []
    watching.records = SimpleNamespace(**{name: getattr(records, name) for name in ("get", "list", "put_all")})
    watching.records.forget = lambda *asked: changes.append(asked)
    for hours in (0, 0.5, 1):
        watching.look(NOON + timedelta(hours=hours))
    assert changes == [("alert", NOON + timedelta(hours=hours, days=-455)) for hours in (0, 1)]
