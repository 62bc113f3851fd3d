"""JSON Lines: SQL and Python read the same values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.analysis.batch import Kind
from kedge.analysis.profile import Feature
from kedge.domain.dataset import Dataset, Expectation
from kedge.reading.payload import flatten
from kedge.reading.rows import classify

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4))
LINES = st.lists(st.fixed_dictionaries({"x": LEAVES | st.lists(LEAVES, max_size=1)}), min_size=1, max_size=9)


def read(text: str, **options: object):
    Path("a.jsonl").write_text(text, "utf-8")
    (profile,), reading = Engine(Local()).profile(Dataset("a.jsonl", **options), Expectation(), lambda _: None)
    return profile, reading


@given(LINES)
def test_sql_and_python_agree_on_every_kind(values):
    expected = [classify(flatten(value).get("x"))[0] for value in values]
    feature = read("\n".join(map(json.dumps, values)))[0].features.get("x", Feature())
    found = [getattr(feature.types, kind) for kind in ("fractional", "integral", "boolean", "string")]
    assert found == [expected.count(k) for k in (Kind.FRACTIONAL, Kind.INTEGRAL, Kind.BOOLEAN, Kind.STRING)]


@pytest.mark.parametrize("key", ["", 'q"t', "a\\b"])
def test_a_key_that_sql_cannot_speak_is_a_column_all_the_same(key):
    profile, _ = read(json.dumps({key: 1, "y": 2}) + "\n{}\n")
    assert {name: f.moments.mean for name, f in profile.features.items()} == {key: 1, "y": 2}


def test_a_byte_order_mark_costs_its_line_and_says_so():
    _, reading = read('\ufeff{"x": 1}\n{"x": 2}\n', unreadable_share=0.5)
    assert "byte order mark" in reading.examples[0].reason


def test_a_line_with_a_spelling_of_nan_that_is_not_json_is_counted_with_its_line():
    profile, reading = read('{"x": 1}\n{"x": NaN}\n{"x": nan}\n', unreadable_share=0.5)
    assert (profile.rows, reading.unreadable, reading.examples[0].line) == (2, 1, 3)
