"""What alarms say of their values (cloudwatch-and-alerts.md, 8.7 and 8.8), beside a reference written here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kedge.domain.alarm import Alarm
from kedge.domain.evaluation import due, evaluate, evaluate_executions, evaluate_rule, since
from kedge.domain.metric import Point, summarised

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALARM = Alarm(name="drift", threshold=0.1, evaluation_periods=3)
VALUES = {"0": 0.05, "X": 0.31}
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def points(row: str) -> list[Point]:
    """Return the values of a row, the newest on the right, of the hour before noon."""
    hours = enumerate(reversed(row.replace(" ", "")), start=1)
    return [Point(NOON - back * HOUR, VALUES[mark]) for back, mark in hours if mark != "-"]


def said(row: str, treated: str, state: str = "OK", least: int = 3, periods: int = 3) -> str:
    return evaluate(made(treated, least, periods), points(row), NOON, state).state


def made(treated: str, least: int, periods: int) -> Alarm:
    return Alarm(
        name="drift",
        threshold=0.1,
        evaluation_periods=periods,
        datapoints_to_alarm=least,
        treat_missing_data=treated,
    )


# The service's own tables: what is missing, ignored, breaching, not breaching; "kept" is the state it had.
TABLE = [
    (3, "0 - X - X", "OK OK OK OK"),
    (3, "0 - - - -", "OK OK OK OK"),
    (3, "- - - - -", "INSUFFICIENT_DATA kept ALARM OK"),
    (3, "0 X X - X", "ALARM ALARM ALARM ALARM"),
    (3, "- - X - -", "ALARM kept ALARM OK"),
    (2, "0 - X - X", "ALARM ALARM ALARM ALARM"),
    (2, "0 0 X 0 X", "ALARM ALARM ALARM ALARM"),
    (2, "0 - X - -", "OK OK ALARM OK"),
    (2, "- - - - 0", "OK OK ALARM OK"),
    (2, "- - - X -", "ALARM kept ALARM OK"),
    # and what it says of alarming too soon
    (3, "- - - - X", "OK kept ALARM OK"),
    (3, "- - - X -", "OK kept ALARM OK"),
]


@pytest.mark.parametrize("state", ["OK", "ALARM", "INSUFFICIENT_DATA"])
@pytest.mark.parametrize(("least", "row", "expected"), TABLE)
def test_missing_data_counts_as_the_service_documents(least, row, expected, state):
    told = [said(row, treated, state, least) for treated in TREATMENTS]
    assert told == expected.replace("kept", state).split()


def reference(row: str, treated: str, state: str, least: int, periods: int) -> str:
    """Return the same, as slow and as near to the words of the specification as can be."""
    marks = row[-(periods + 2) :].replace("-", "")[-periods:]
    filled = marks + {"breaching": "X", "notBreaching": "0"}.get(treated, "-") * (periods - len(marks))
    if filled.count("X") >= least:
        return "ALARM"
    if "0" in filled or "-" not in filled:
        return "OK"
    if treated == "ignore":
        return state
    if "X" not in filled:
        return "INSUFFICIENT_DATA"
    oldest = max(age for age, mark in enumerate(reversed(row[-(periods + 2) :]), start=1) if mark == "X")
    return "ALARM" if oldest >= least else "OK"


@st.composite
def cases(draw):
    periods = draw(st.integers(1, 6))
    row = draw(st.text("0X-", min_size=periods + 2, max_size=periods + 5))
    state = draw(st.sampled_from(["OK", "ALARM", "INSUFFICIENT_DATA"]))
    return row, draw(st.sampled_from(TREATMENTS)), state, draw(st.integers(1, periods)), periods


@given(cases())
def test_an_alarm_says_what_the_reference_says(case):
    assert said(*case) == reference(*case)


HOURS = st.lists(st.tuples(st.sampled_from("0X-"), st.integers(0, 5)), max_size=9)  # values, and how late each comes


@given(cases(), HOURS)
def test_an_alarm_goes_from_state_to_state_as_the_reference_does_however_late_values_come(case, hours):
    _, treated, expected, least, periods = case
    alarm = made(treated, least, periods)
    state = expected
    for now in range(len(hours) + 5):
        came = {hour: mark for hour, (mark, late) in enumerate(hours) if mark != "-" and hour + late <= now}
        values = [Point(NOON + hour * HOUR, VALUES[mark]) for hour, mark in came.items()]
        row = "".join(came.get(hour, "-") for hour in range(-9, now + 1))
        expected = reference(row if now in came else row[:-1], treated, expected, least, periods)
        state = evaluate(alarm, values, NOON + now * HOUR + HOUR / 2, state).state
        assert state == expected


NUMBERS = st.lists(st.tuples(st.integers(0, 6), st.integers(1, 30)), min_size=1, max_size=6)  # a value, how often


@example([(0, 7), (1, 93)], 0, "p7")
@given(NUMBERS, st.integers(-1, 7), st.sampled_from(["p0", "p7", "p50", "p55", "p90", "p99.9", "p100"]))
def test_a_percentile_is_compared_that_so_many_of_the_numbers_do_not_exceed(numbers, threshold, percentile):
    came = [Point(NOON - HOUR + n * HOUR / 10, value * count, count) for n, (value, count) in enumerate(numbers)]
    alarm = Alarm(name="a", threshold=threshold, statistic=percentile)
    said = evaluate(alarm, list(summarised(came, 3600, percentile)), NOON)
    every = sorted(value for value, count in numbers for _ in range(count))
    thousandths = round(float(percentile[1:]) * 10)
    least = next(v for n, v in enumerate(every, start=1) if n * 1000 >= thousandths * len(every))
    assert (said.state, said.datapoints[0].value) == ("ALARM" if least > threshold else "OK", least)


@given(NUMBERS, st.sampled_from(["Sum", "Average", "Minimum", "Maximum", "SampleCount"]))
def test_a_statistic_is_that_of_all_numbers_of_a_period(numbers, statistic):
    came = [
        Point(NOON - HOUR + n * HOUR / 10, value * count, count, value, value)
        for n, (value, count) in enumerate(numbers)
    ]
    every = [value for value, count in numbers for _ in range(count)]
    expected = {"Sum": sum, "Average": fmean, "Minimum": min, "Maximum": max, "SampleCount": len}[statistic](every)
    [found] = summarised(came, 3600, statistic)
    assert found == Point(NOON - HOUR, pytest.approx(expected))


RULES = {
    "a and b and c": lambda a, b, c: a == b == c == "ALARM",
    "a or b or c": lambda *states: "ALARM" in states,
    "not a": lambda a, *_: a != "ALARM",
    "a and not (b or OK(c))": lambda a, b, c: a == "ALARM" and b != "ALARM" and c != "OK",
    "INSUFFICIENT_DATA(a) or (b and c)": lambda a, b, c: a == "INSUFFICIENT_DATA" or b == c == "ALARM",
}


@given(st.sampled_from(sorted(RULES)), st.tuples(cases(), cases(), cases()))
def test_a_composite_alarm_says_what_the_alarms_make_of_it_that_it_names(rule, own):
    states = {name: said(*case) for name, case in zip("abc", own, strict=True)}
    expected = "ALARM" if RULES[rule](*(reference(*case) for case in own)) else "OK"
    assert evaluate_rule(Alarm(name="worse", rule=rule), states).state == expected


@given(cases(), st.randoms())
def test_the_order_of_values_does_not_matter(case, random):
    row, treated, state, least, periods = case
    alarm = Alarm(name="a", evaluation_periods=periods, datapoints_to_alarm=least, treat_missing_data=treated)
    ordered = points(row)
    mixed = random.sample(ordered, len(ordered))
    assert evaluate(alarm, ordered, NOON, state) == evaluate(alarm, mixed, NOON, state)


@given(cases(), st.integers(1, 3599))
def test_within_a_period_time_changes_nothing(case, seconds):
    row, treated, state, least, periods = case
    alarm = Alarm(name="a", evaluation_periods=periods, datapoints_to_alarm=least, treat_missing_data=treated)
    later = NOON + timedelta(seconds=seconds)
    assert evaluate(alarm, points(row), NOON, state) == evaluate(alarm, points(row), later, state)


@given(cases())
def test_what_is_evaluated_again_says_the_same(case):
    row, treated, state, least, periods = case
    once = said(row, treated, state, least, periods)
    assert said(row, treated, once, least, periods) == once


@given(cases())
def test_what_lies_before_the_periods_that_are_looked_at_does_not_count(case):
    row, treated, state, least, periods = case
    assert said("X" * 9 + row, treated, state, least, periods) == said(row, treated, state, least, periods)


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("GreaterThanThreshold", "OK OK ALARM"),
        ("GreaterThanOrEqualToThreshold", "OK ALARM ALARM"),
        ("LessThanThreshold", "ALARM OK OK"),
        ("LessThanOrEqualToThreshold", "ALARM ALARM OK"),
    ],
)
def test_a_value_is_compared(comparison, expected):
    alarm = Alarm(name="a", threshold=0.5, comparison_operator=comparison)
    told = [evaluate(alarm, [Point(NOON - HOUR, value)], NOON).state for value in (0.4, 0.5, 0.6)]
    assert told == expected.split()


def test_the_period_that_runs_counts_once_it_has_a_value():
    alarm, before = Alarm(name="a", threshold=0.1), points("0")
    assert evaluate(alarm, before, NOON).state == "OK"
    assert evaluate(alarm, [*before, Point(NOON, 0.31)], NOON + HOUR / 2).state == "ALARM"


def test_a_value_that_comes_late_is_waited_for():
    alarm = Alarm(name="a", threshold=0.1, treat_missing_data="breaching")
    hours = [evaluate(alarm, points("0"), NOON + late * HOUR).state for late in range(4)]
    assert hours == ["OK", "OK", "OK", "ALARM"]


def test_values_to_come_do_not_count():
    assert evaluate(ALARM, [Point(NOON + HOUR, 0.31)], NOON).state == "INSUFFICIENT_DATA"


def test_all_values_that_may_count_are_asked_for():
    first = since(ALARM, NOON + HOUR / 2)
    assert first == NOON - 5 * HOUR
    assert evaluate(ALARM, [Point(first, 0.05)], NOON).state == "OK"


def test_a_value_is_missed_when_its_period_is_over():
    assert due(ALARM, NOON) == due(ALARM, NOON + HOUR / 2) == NOON + HOUR


@pytest.mark.parametrize(
    ("row", "periods", "expected"),
    [
        ("X", 1, "Threshold Crossed: 1 datapoint [0.31 (01/05/24 11:00:00)] was greater than the threshold (0.1)."),
        ("0", 1, "Threshold Crossed: 1 datapoint [0.05 (01/05/24 11:00:00)] was not greater than the threshold (0.1)."),
        (
            "X0X",
            3,
            "Threshold Crossed: 2 out of the last 3 datapoints [0.31 (01/05/24 11:00:00), 0.31 (01/05/24 09:00:00)]"
            " were greater than the threshold (0.1) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        ("-", 1, "Insufficient Data: 1 datapoint was unknown."),
        ("-", 3, "Insufficient Data: 3 datapoints were unknown."),
    ],
)
def test_a_reason_has_the_words_of_the_service(row, periods, expected):
    alarm = Alarm(name="a", threshold=0.1, evaluation_periods=periods, datapoints_to_alarm=min(periods, 2))
    assert evaluate(alarm, points(row), NOON).reason == expected


def test_a_reason_says_what_missing_data_counted_for():
    alarm = Alarm(name="a", threshold=0.1, evaluation_periods=3, treat_missing_data="breaching")
    assert evaluate(alarm, points("X"), NOON).reason.endswith(" 2 missing datapoints were treated as [Breaching].")


def executions(*violated: int) -> list[Point]:
    return [Point(NOON - back * HOUR, value) for back, value in enumerate(violated)]


@given(st.lists(st.integers(0, 1), max_size=8), st.integers(1, 6), st.data())
def test_executions_alarm_when_enough_of_the_last_found_violations(violated, periods, data):
    least = data.draw(st.integers(1, periods))
    alarm = Alarm(name="a", executions_of="s", evaluation_periods=periods, datapoints_to_alarm=least)
    expected = "ALARM" if sum(violated[:periods]) >= least else "OK"
    assert evaluate_executions(alarm, executions(*violated)).state == expected


def test_two_executions_of_three_alarm_before_there_is_a_third():
    alarm = Alarm(name="a", executions_of="s", evaluation_periods=3, datapoints_to_alarm=2)
    told = evaluate_executions(alarm, executions(1, 1))
    assert (told.state, told.reason) == ("ALARM", "2 of the last 2 executions found violations; it alarms from 2 on.")


def test_a_composite_alarm_says_which_alarms_made_it():
    alarm = Alarm(name="worse", rule="drift and not quiet")
    told = evaluate_rule(alarm, {"drift": "ALARM"})
    assert (told.state, told.reason) == ("ALARM", "The rule holds: drift is ALARM, quiet is INSUFFICIENT_DATA.")
