"""The last labelled rows are a commutative monoid, and no policy asks more often than it may."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.analysis.retraining.policy import Policy, Retraining, decide
from kedge.analysis.retraining.recent import FARTHEST, LabelledRow, Recent
from kedge.domain.documents import from_document, to_document

START, MINUTE = datetime(2026, 11, 1, tzinfo=UTC), timedelta(minutes=1)
error = st.floats(-3, 3) | st.sampled_from([np.nan, np.inf, -np.inf, 1e300])
rows = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), error), max_size=30)
errors = st.lists(st.floats(0, 3), min_size=1, max_size=60)
waits = st.integers(1, 20).map(lambda minutes: minutes * MINUTE)
SIZE = 5


def recent(rows, size=SIZE) -> Recent:
    kinds = enumerate((np.int64, np.uint64, np.float64))
    minutes, keys, errors = (np.array([row[place] for row in rows], kind) for place, kind in kinds)
    times = np.datetime64("2026-11-01T00:00") + minutes.astype("timedelta64[m]")
    return Recent(size).update(times, keys, errors)


def asked(policy: Policy, errors, takes=timedelta(), succeeds=True) -> list[datetime]:
    """Return when a policy asks, of a row a minute; a retraining ends after a while."""
    seen, past = Recent(policy.rows), []
    for minute, error in enumerate(errors):
        now = START + (minute + 1) * MINUTE
        seen = seen.merge(Recent(policy.rows, (LabelledRow(START + minute * MINUTE, 0, error),)))
        known = [r if r.ended and r.ended <= now else Retraining(r.asked) for r in past]
        if decide(policy, seen, now, START, known).verdict == "retrain":
            past.append(Retraining(now, now + takes, succeeds))
    return [retraining.asked for retraining in past]


@given(rows, rows)
def test_merging_equals_one_scan_and_commutes(first, second):
    one, other = recent(first), recent(second)
    assert one.merge(other) == other.merge(one) == recent(first + second)


@given(rows, rows, rows)
def test_merging_associates(first, second, third):
    one, two, three = recent(first), recent(second), recent(third)
    assert one.merge(two).merge(three) == one.merge(two.merge(three))


@given(rows, rows)
def test_of_two_sizes_the_smaller_is_kept(first, second):
    one, other = recent(first, 2), recent(second, 4)
    assert one.merge(other) == other.merge(one) == recent(first + second, 2)


@given(rows)
def test_zero_is_neutral_a_repetition_changes_nothing_and_the_size_is_bounded(data):
    seen = recent(data)
    assert seen.merge(Recent(SIZE)) == Recent(SIZE).merge(seen) == seen.merge(seen) == seen
    assert len(seen) <= SIZE


@given(rows)
def test_json_round_trips_without_nan_or_infinity(data):
    text = json.dumps(to_document(recent(data)), allow_nan=False)
    assert from_document(Recent, json.loads(text)) == recent(data)


@given(rows)
def test_the_error_is_that_of_the_last_rows_by_time(data):
    kept = {}
    for minute, key, value in data:
        if not np.isnan(value):
            kept[minute, key] = max(kept.get((minute, key), 0.0), min(abs(value), FARTHEST))
    last = np.array([kept[place] for place in sorted(kept)[-SIZE:]])
    assert recent(data).error("rmse") == (pytest.approx(np.sqrt(np.mean(last**2))) if len(last) else None)
    assert recent(data).error("mae") == (pytest.approx(np.mean(last)) if len(last) else None)


@given(errors, st.floats(0, 3), waits, st.booleans())
def test_during_a_cool_down_none_is_asked_for(errors, threshold, wait, succeeds):
    times = asked(Policy(threshold, rows=5, least=1, cool_down=wait), errors, succeeds=succeeds)
    assert all(later - earlier >= wait for earlier, later in pairwise(times))


@given(errors, st.floats(0, 3), st.integers(1, 4), waits, st.booleans())
def test_no_period_has_more_than_its_budget(errors, threshold, budget, period, succeeds):
    times = asked(Policy(threshold, rows=5, least=1, budget=budget, period=period), errors, succeeds=succeeds)
    assert all(sum(start <= time < start + period for time in times) <= budget for start in times)


@given(errors, st.integers(1, 4))
def test_a_budget_without_a_period_is_for_ever(errors, budget):
    always = asked(Policy(0.5, rows=5, least=1), errors)
    assert asked(Policy(0.5, rows=5, least=1, budget=budget), errors) == always[:budget]


@given(errors, waits)
def test_a_fixed_interval_is_kept_whatever_the_errors(errors, every):
    end = START + len(errors) * MINUTE
    expected = [START + turn * every for turn in range(1, 61) if START + turn * every <= end]
    assert asked(Policy(every=every), errors) == expected


@given(errors, waits)
def test_while_one_is_under_way_no_other_is_asked_for(errors, takes):
    times = asked(Policy(0.0, rows=5, least=1), errors, takes=takes)
    assert all(later - earlier >= takes for earlier, later in pairwise(times))


@given(errors, st.floats(0, 3), st.floats(0, 3))
def test_of_two_thresholds_the_lower_asks_first(errors, one, other):
    low, high = (asked(Policy(threshold, rows=5, least=1), errors) for threshold in sorted((one, other)))
    assert not high or low[0] <= high[0]


@given(errors, st.integers(1, 5))
def test_no_model_is_replaced_before_it_has_enough_rows_of_its_own(errors, least):
    times = [START, *asked(Policy(0.0, rows=5, least=least), errors)]
    assert all(later - earlier >= least * MINUTE for earlier, later in pairwise(times))
