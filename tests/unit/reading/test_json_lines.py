"""JSON Lines: SQL and Python read the same values."""

from __future__ import annotations

import json
from pathlib import Path

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


def test_a_line_with_a_spelling_of_nan_that_is_not_json_is_counted_with_its_line():
    profile, reading = read('{"x": 1}\n{"x": NaN}\n{"x": nan}\n', unreadable_share=0.5)
    assert (profile.rows, reading.unreadable, reading.examples[0].line) == (2, 1, 3)
