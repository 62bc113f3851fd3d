"""The scheduler: each slot once, whatever the clock does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from kedge.adapters.databases.sql import Sql
from kedge.domain.catalog import MonitoringSchedule, from_record, to_record
from kedge.domain.record import Query, Record
from kedge.service.clock import DatabaseClock
from kedge.service.scheduler import Scheduler


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


HOURLY = MonitoringSchedule(
    name="fraud-hourly",
    monitoring_job_definition_name="fraud",
    endpoint_name="fraud",
    schedule_expression="hourly",
    status="Scheduled",
    next_time=at("2024-05-01T10:00"),
)


@pytest.fixture
def records(tmp_path):
    database = Sql(f"sqlite:///{tmp_path}/kedge.db")
    yield database
    database.close()


@pytest.fixture
def slots(records):
    """Declare one schedule, tick at these times, and return all its slots."""

    def run(*times: str, scheduler: Scheduler | None = None, **changes) -> list[str]:
        if not records.get("schedule", "fraud-hourly"):
            records.put(to_record(replace(HOURLY, **changes)), "ann")
        scheduler = scheduler or Scheduler(records)
        for time in times:
            scheduler.tick(at(time))
        return [f"{record.time:%dT%H:%M}" for record in records.list(Query("execution", order="time"))]

    return run


def test_nothing_is_due_before_its_time(slots):
    assert slots("2024-05-01T09:59:59.999999") == []


def test_a_slot_is_due_at_its_time(slots):
    assert slots("2024-05-01T10:00") == ["01T10:00"]


def test_an_execution_waits_with_its_window(slots, records):
    slots("2024-05-01T10:00")
    record = records.get("execution", "fraud-hourly-202405011000")
    assert (record.parent, record.status) == ("fraud-hourly", "Pending")
    assert record.document["window"] == {"start": "2024-05-01T09:00:00Z", "end": "2024-05-01T10:00:00Z"}


def test_a_slot_runs_once_however_often_one_looks(slots):
    assert slots("2024-05-01T10:00", "2024-05-01T10:00", "2024-05-01T10:30") == ["01T10:00"]


def test_a_slot_runs_once_where_another_scheduler_looks_at_the_same_time(slots, records):
    slots("2024-05-01T09:59")
    stale = records.list(Query("schedule"))
    slots("2024-05-01T10:00")
    assert [Scheduler(records)._run(record, at("2024-05-01T10:00")) for record in stale] == [[]]


def test_a_slot_whose_schedule_did_not_move_on_runs_once(slots, records):
    slots("2024-05-01T10:00")
    moved = records.get("schedule", "fraud-hourly")
    records.put(replace(moved, time=at("2024-05-01T10:00")), "")  # as if killed before
    assert slots("2024-05-01T10:01") == ["01T10:00"]
    assert records.get("schedule", "fraud-hourly").time == at("2024-05-01T11:00")


def test_missed_slots_run_in_order_up_to_a_limit(slots):
    assert slots("2024-05-01T15:30", catch_up_limit=3) == ["01T13:00", "01T14:00", "01T15:00"]


def test_missed_slots_are_skipped_where_that_is_wanted(slots):
    assert slots("2024-05-01T15:30", "2024-05-01T16:00", catch_up="skip") == ["01T15:00", "01T16:00"]


def test_a_clock_that_goes_back_runs_nothing_again(slots, records):
    scheduler = Scheduler(records)
    assert slots("2024-05-01T10:00", "2024-05-01T08:00", "2024-05-01T10:30", scheduler=scheduler) == [
        "01T09:00",
        "01T10:00",
    ]


def test_a_clock_that_ran_ahead_leaves_no_schedule_waiting(slots, records):
    scheduler = Scheduler(records)
    times = ("2024-05-01T10:00", "2030-01-01T00:00", "2024-05-01T10:10", "2024-05-01T11:00")
    slots(*times, scheduler=scheduler, catch_up="skip")
    assert records.get("execution", "fraud-hourly-202405011100")
    assert records.get("schedule", "fraud-hourly").time == at("2024-05-01T12:00")


def test_hours_that_do_not_divide_the_day_begin_anew_each_day(slots):
    expression = "cron(0 0/5 ? * * *)"
    ticks = (f"2024-05-0{day}T{hour:02}:00" for day in (1, 2) for hour in range(24))
    found = slots(*ticks, schedule_expression=expression, next_time=at("2024-05-01T00:00"))
    assert found[3:] == ["01T15:00", "01T20:00", "02T00:00", "02T05:00", "02T10:00", "02T15:00", "02T20:00"]


def test_a_leap_day_is_a_day(slots):
    ticks = ("2024-02-28T00:00", "2024-02-29T00:00", "2024-03-01T00:00")
    found = slots(*ticks, schedule_expression="daily", next_time=at("2024-02-28T00:00"))
    assert found == ["28T00:00", "29T00:00", "01T00:00"]


def test_now_runs_once(slots, records):
    offsets = {"data_analysis_start_time": timedelta(hours=-5), "data_analysis_end_time": timedelta(0)}
    now = {"schedule_expression": "NOW", "next_time": at("2024-05-01T09:30"), **offsets}
    assert slots("2024-05-01T09:31", "2024-05-01T09:32", **now) == ["01T09:30"]
    assert records.get("schedule", "fraud-hourly").status == "Stopped"
    window = records.get("execution", "fraud-hourly-202405010930").document["window"]
    assert window == {"start": "2024-05-01T04:30:00Z", "end": "2024-05-01T09:30:00Z"}


def test_a_schedule_without_a_slot_gets_its_first(slots, records):
    assert slots("2024-05-01T09:31", status="Pending", next_time=None) == []
    schedule = from_record(MonitoringSchedule, records.get("schedule", "fraud-hourly"))
    assert (schedule.status, schedule.next_time) == ("Scheduled", at("2024-05-01T10:00"))


def test_a_stopped_schedule_is_not_due(slots):
    assert slots("2024-05-01T10:00", status="Stopped") == []


def test_a_schedule_that_was_stopped_meanwhile_stays_stopped(slots, records):
    slots("2024-05-01T09:59")
    stale = records.get("schedule", "fraud-hourly")
    records.put(replace(stale, status="Stopped"), "ann")
    Scheduler(records)._run(stale, at("2024-05-01T10:00"))
    assert records.get("schedule", "fraud-hourly").status == "Stopped"


def test_an_expression_that_cannot_be_understood_fails_the_schedule_alone(slots, records):
    records.put(to_record(replace(HOURLY, name="broken", schedule_expression="sometimes")), "ann")
    assert slots("2024-05-01T10:00") == ["01T10:00"]
    failed = from_record(MonitoringSchedule, records.get("schedule", "broken"))
    assert (failed.status, "sometimes" in failed.failure_reason) == ("Failed", True)


def test_a_start_is_delayed_by_as_much_each_time(slots, records):
    scheduler = Scheduler(records, jitter_seconds=1200)
    delay = scheduler.delay("fraud-hourly")
    assert timedelta(0) < delay < timedelta(minutes=20)
    due = at("2024-05-01T10:00") + delay
    assert slots(f"{due - timedelta(seconds=1):%FT%T.%f}", scheduler=scheduler) == []
    assert slots(f"{due:%FT%T.%f}", scheduler=scheduler) == ["01T10:00"]


def test_delays_are_spread():
    delays = sorted(Scheduler(None, 1200).delay(f"schedule-{i}").total_seconds() for i in range(1000))
    assert all(abs(delay - 1.2 * i) < 60 for i, delay in enumerate(delays))


def test_the_clock_of_a_simulation_is_moved_by_a_record(records):
    system = SimpleNamespace(now=lambda: at("2024-05-01T10:00"))
    records.put(Record("clock", "offset", {"seconds": 3600}), "ann")
    assert DatabaseClock(system, records).now() == at("2024-05-01T11:00")
