"""What a policy decides, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kedge.analysis.retraining.policy import Policy, Retraining, decide
from kedge.analysis.retraining.recent import LabelledRow, Recent
from kedge.errors import SettingError

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = START + 10 * DAY


def wrong(by=1.0, since=START, rows=100) -> Recent:
    return Recent(rows, tuple(LabelledRow(since + key * timedelta(minutes=1), key, by) for key in range(rows)))


def test_rows_of_the_model_before_do_not_count():
    past = [Retraining(START + HOUR, START + 2 * HOUR)]
    found = decide(Policy(0.5), wrong(), NOW, START, past)
    assert (found.verdict, found.error, found.rows) == ("keep", None, 0)
    assert found.reason == "The model in force has 0 labelled rows of the 100 that it takes."


def test_a_retraining_that_failed_leaves_the_old_model_and_its_rows():
    past = [Retraining(START + HOUR, START + 2 * HOUR, succeeded=False)]
    assert decide(Policy(0.5), wrong(), NOW, START, past).verdict == "retrain"
    assert decide(Policy(0.5, budget=1), wrong(), NOW, START, past).verdict == "hold"


def test_an_error_at_the_threshold_is_not_past_it():
    assert decide(Policy(1.0), wrong(1.0), NOW, START).verdict == "keep"


def test_of_more_rows_than_the_policy_looks_at_the_last_count():
    rows = wrong(5.0, START, 50).latest + wrong(0.0, START + DAY, 50).latest
    seen = Recent(100, rows)
    assert decide(Policy(0.5, rows=20), seen, NOW, START).error == 0.0


def test_the_share_of_wrong_classes_is_an_error():
    classes = Recent(4, tuple(LabelledRow(START, key, wrong) for key, wrong in enumerate((1.0, 0.0, 0.0, 0.0))))
    found = decide(Policy(0.2, rows=4, metric="mae"), classes, NOW, START)
    assert found.reason == "The mae of the last 4 labelled rows is 0.25, past 0.2."


def test_what_holds_back_says_until_when_the_longest():
    past = [Retraining(START - DAY, START)]
    policy = Policy(0.5, cool_down=12 * DAY, budget=1, period=20 * DAY)
    found = decide(policy, wrong(), NOW, START - 2 * DAY, past)
    assert (found.verdict, found.until) == ("hold", START + 19 * DAY)
    assert found.reason.endswith(
        "The cool-down lasts until 2026-11-12T00:00:00Z. The budget of 1 is spent until 2026-11-20T00:00:00Z."
    )


@pytest.mark.parametrize("held", [{"cool_down": 12 * DAY}, {"budget": 1, "period": 12 * DAY}], ids=str)
def test_what_holds_back_is_over_at_its_end(held):
    policy = Policy(0.5, **held)
    past = [Retraining(START - DAY, START), Retraining(START - 20 * DAY, START - 19 * DAY)]  # in any order
    until = decide(policy, wrong(), NOW, START - 2 * DAY, past).until
    assert until == START + 11 * DAY
    assert decide(policy, wrong(), until, START - 2 * DAY, past).verdict == "retrain"


def test_of_one_under_way_nobody_knows_when_it_ends():
    found = decide(Policy(0.5, cool_down=30 * DAY), wrong(), NOW, START, [Retraining(START + 9 * DAY)])
    assert (found.verdict, found.until) == ("hold", None)
    assert "One is under way." in found.reason


def test_time_asks_where_the_error_does_not():
    found = decide(Policy(2.0, every=DAY), wrong(), NOW, START)
    assert found.reason == "The last model was asked for at 2026-11-01T00:00:00Z, at least 1 day, 0:00:00 ago."


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "threshold"),
        ({"threshold": "0.5"}, "threshold"),
        ({"threshold": -1.0}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"threshold": 0.5, "rows": 0}, "rows"),
        ({"threshold": 0.5, "rows": 10, "least": 11}, "least"),
        ({"threshold": 0.5, "metric": "auc"}, "metric"),
        ({"every": timedelta()}, "every"),
        ({"every": 3600}, "every"),
        ({"threshold": 0.5, "cool_down": -DAY}, "cool_down"),
        ({"threshold": 0.5, "budget": 0}, "budget"),
        ({"threshold": 0.5, "period": DAY}, "budget"),
    ],
)
def test_an_unusable_value_is_one_sentence_at_its_field(given, field):
    with pytest.raises(SettingError) as trouble:
        Policy(**given)
    assert (trouble.value.field, trouble.value.message.count("\n")) == (field, 0)
    assert trouble.value.next_step
