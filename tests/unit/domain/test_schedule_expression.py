"""When a schedule is due, and what each slot analyses (scheduling-and-jobs.md, 7.2 and 7.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from cronsim import CronSim
from hypothesis import assume, given
from hypothesis import strategies as st

from kedge.domain.schedule_expression import parse, slots, window
from kedge.errors import SettingError


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(text: str, day: str = "2024-05-01") -> list[int]:
    start = at(day)
    return [slot.hour for slot in slots(parse(text), start - timedelta(seconds=1), start + timedelta(hours=23.9))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cron(0 * ? * * *)", list(range(24))),
        ("cron(0 6 ? * * *)", [6]),
        ("cron(0 06 ? * * *)", [6]),
        ("cron(0 17/12 ? * * *)", [17]),
        ("cron(0 0/2 ? * * *)", list(range(0, 24, 2))),
        ("cron(0 1/5 ? * * *)", [1, 6, 11, 16, 21]),
        ("cron(0 * * * ? *)", list(range(24))),
        ("cron(0 6 * * ? *)", [6]),
        ("hourly", list(range(24))),
        ("daily", [0]),
        ("30 6,18 * * *", [6, 18]),
    ],
)
def test_a_day_has_these_hours(text, expected):
    assert hours(text) == expected


def test_a_number_of_hours_that_does_not_divide_the_day_begins_anew_each_day():
    expression = parse("cron(0 0/5 ? * * *)")
    assert expression.after(at("2024-05-01T20:00")) == at("2024-05-02T00:00")


def test_minutes_that_do_not_divide_the_hour_go_on_over_it():
    found = list(slots(parse("every 7 minutes"), at("2024-05-01T00:00"), at("2024-05-01T02:00")))
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=7)}


def test_every_minute_is_every_minute():
    assert parse("every minute").after(at("2024-05-01T00:00:59")) == at("2024-05-01T00:01")


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("0 0 29 2 *", "2024-03-01", "2028-02-29"),
        ("0 0 29 2 *", "2096-03-01", "2104-02-29"),
        ("0 0 31 * *", "2024-04-01", "2024-05-31"),
        ("weekly", "2024-05-01", "2024-05-06"),
        ("monthly", "2024-05-01", "2024-06-01"),
        ("0 0 * * 7", "2024-05-01", "2024-05-05"),
        ("0 0 13 * fri", "2024-05-01", "2024-05-03"),
    ],
)
def test_the_next_slot_is_the_first_day_that_fits(text, after, expected):
    assert parse(text).after(at(after)) == at(expected)


FIELDS = st.tuples(
    st.sampled_from(["*", "0", "*/15", "5-50/9", "1,2,59"]),
    st.sampled_from(["*", "6", "*/5", "9-17", "22,23"]),
    st.sampled_from(["*", "1", "31", "*/2", "13-15"]),
    st.sampled_from(["*", "2,3", "jan-mar", "4,5", "*/3"]),
    st.sampled_from(["*", "mon", "1-5", "0", "7", "sat,sun"]),
)


@given(FIELDS, st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_cron_is_due_when_another_library_says(fields, start):
    text, start = " ".join(fields), start.replace(tzinfo=UTC)
    assume(fields[2] != "*/2" or fields[4] == "*")  # implementations differ: is a day with a step named?
    other = CronSim(text, start)
    ours = slots(parse(text), start, start + timedelta(days=800))
    for _ in range(3):
        expected = next(other)
        assert expected > start + timedelta(days=800) or next(ours) == expected


@given(st.sampled_from(["cron(0 0/5 ? * * *)", "every 7 minutes", "15 6 * * mon", "monthly"]), st.integers(0, 10**6))
def test_windows_of_slots_follow_each_other_without_a_gap(text, minutes):
    expression = parse(text)
    slot = expression.after(at("2024-01-01") + timedelta(minutes=minutes))
    later = expression.after(slot)
    assert window(expression, later).start == slot == window(expression, slot).end


def test_before_and_after_are_each_other_turned_round():
    expression = parse("30 6 * * 1-5")
    slot = at("2024-05-03T06:30")
    assert expression.before(expression.after(slot)) == slot == expression.after(expression.before(slot))


def test_offsets_are_counted_from_the_slot():
    found = window(parse("daily"), at("2024-05-02"), timedelta(hours=-5), timedelta(0))
    assert (found.start, found.end) == (at("2024-05-01T19:00"), at("2024-05-02"))


def test_now_has_no_next_slot_and_needs_offsets():
    with pytest.raises(SettingError, match="Give both offsets"):
        window(parse("NOW"), at("2024-05-02"))
    assert parse("now").after(at("2024-05-02")) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sometimes",
        "cron(5 * ? * * *)",
        "cron(0 * ? * * 2024)",
        "cron(0 * ? * MON *)",
        "cron(0 24 ? * * *)",
        "61 * * * *",
        "* * * *",
        "*/0 * * * *",
        "5-1 * * * *",
        "0 0 31 2 *",
        "every 0 minutes",
        "every -1 minutes",
        "a * * * *",
        "0 0 * * mo",
    ],
)
def test_what_is_no_expression_is_refused_with_what_would_be_one(text):
    with pytest.raises(SettingError) as error:
        parse(text)
    assert error.value.field == "schedule_expression"
    assert error.value.next_step
