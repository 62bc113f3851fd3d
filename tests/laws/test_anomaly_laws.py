"""What stands out is a commutative monoid, too: hours to days, or machines to one report."""

from __future__ import annotations

import json
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.analysis.anomalies import Anomalies, Watch
from kedge.analysis.batch import Batch, column
from kedge.analysis.hashing import hash_keys
from kedge.analysis.profile import Feature
from kedge.analysis.scores.robust import robust
from kedge.analysis.usual import Usual

USUAL = {name: Usual.of(Feature().update(column(range(100)))) for name in ("x", "y")}
value = st.integers(0, 99) | st.sampled_from([None, "text", 1e3, -1e3, 1e300, inf, -inf, True])
rows = st.lists(st.tuples(value, value), max_size=40)


def batch(rows, start=0) -> Batch:
    columns = {name: column([row[place] for row in rows]) for place, name in enumerate(USUAL)}
    return Batch(columns, hash_keys("data", start, len(rows)))


def scan(rows, start=0, **empty) -> Anomalies:
    watch = Watch(USUAL, robust(USUAL, ()), Anomalies(**{"size": 5, **empty}), start)
    watch.update(batch(rows, start))
    return watch.seen


@given(rows, rows)
def test_merging_equals_one_scan_and_commutes(first, second):
    one, other = scan(first), scan(second, start=len(first))
    assert one.merge(other) == other.merge(one) == scan(first + second)


@given(rows, rows, rows)
def test_merging_associates(first, second, third):
    one, two, three = scan(first), scan(second, len(first)), scan(third, len(first) + len(second))
    assert one.merge(two).merge(three) == one.merge(two.merge(three))


@given(rows, st.integers(0, 40))
def test_the_cut_between_batches_does_not_matter(data, cut):
    watch = Watch(USUAL, robust(USUAL, ()), Anomalies(size=5))
    watch.update(batch(data[:cut]))
    watch.update(batch(data[cut:], start=len(data[:cut])))
    assert watch.seen == scan(data)


@given(rows)
def test_zero_is_neutral_and_json_round_trips(data):
    seen, zero = scan(data), Anomalies(size=5)
    assert seen.merge(zero) == zero.merge(seen) == seen
    text = json.dumps(seen.model_dump(mode="json"), allow_nan=False)
    assert Anomalies.model_validate_json(text) == seen


@given(rows)
def test_counts_and_sample_are_those_of_a_loop_over_rows(data):
    out = [[abs(v) > 300 if isinstance(v, int | float) else False for v in row] for row in data]
    seen = scan(data)
    assert seen.odd == sum(map(any, out))
    assert [seen.features[name].outside for name in "xy"] == [sum(row[place] for row in out) for place in (0, 1)]
    assert {row.position for row in seen.sample} <= {place for place, row in enumerate(out, 1) if any(row)}
    assert len(seen.sample) == min(5, seen.odd)


@pytest.mark.parametrize("strict", [0, 1], ids=["left", "right"])
def test_the_side_that_may_keep_less_decides(strict):
    sides = [scan([(1e3, 1)] * 3), scan([(1e3, 1)] * 3, start=3, raw_values=False, size=2)]
    merged = sides[strict].merge(sides[1 - strict])
    assert [row.row for row in merged.sample] == [None, None]


def test_size_is_bounded():
    assert len(scan([(1e3, None)] * 10_000).sample) == 5
    assert scan([(1e3, None)] * 10, size=0).sample == []


def test_rows_come_by_score_and_then_by_key():
    seen = scan([(1e3, 1), (1e4, 1), (1e3, 2)])
    assert seen.sample[0].position == 2
    assert sorted(row.key for row in seen.sample[1:]) == [row.key for row in seen.sample[1:]]
    assert np.all(np.diff([row.score for row in seen.sample]) <= 0)
