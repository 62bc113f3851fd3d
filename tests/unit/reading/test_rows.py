"""Values get the same kind from SQL and from Python, to the letter of the specification."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.analysis.batch import Kind
from kedge.reading.rows import classify


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", Kind.INTEGRAL), ("-1", Kind.INTEGRAL), ("+1", Kind.INTEGRAL), ("- 1", Kind.INTEGRAL),
        (" 1", Kind.INTEGRAL),
        ("1.0", Kind.FRACTIONAL), ("1e5", Kind.FRACTIONAL), ("1.5E-7", Kind.FRACTIONAL), ("-0.0", Kind.FRACTIONAL),
        (".5", Kind.STRING), ("5.", Kind.STRING), ("NaN", Kind.STRING), ("inf", Kind.STRING), ("1 ", Kind.STRING),
        ("1_000", Kind.STRING), ("0x10", Kind.STRING), ("1,5", Kind.STRING), ("True", Kind.STRING),
        ("\u0661", Kind.STRING),
        ("true", Kind.BOOLEAN), ("false", Kind.BOOLEAN), ("", Kind.MISSING),
    ],
)  # fmt: skip
def test_a_text_has_the_type_of_the_specification(text, kind):
    assert classify(text)[0] is kind


@given(
    st.lists(st.text(st.sampled_from("0123456789.+-eE _xinfatruesNl"), min_size=1, max_size=8), min_size=1, max_size=40)
)
def test_sql_and_python_agree_on_every_text(texts):
    import csv

    from kedge.adapters.engines.local import Local as Engine
    from kedge.adapters.stores.local import Local
    from kedge.domain.dataset import Dataset, Expectation

    with Path("values.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["x", "n"], *([text, 0] for text in texts)])
    (profile,), _ = Engine(Local()).profile(Dataset("values.csv"), Expectation(), lambda _: None)
    expected = [sum(classify(text)[0] is kind for text in texts) for kind in Kind]
    types = profile.features["x"].types
    assert [types.missing, types.fractional, types.integral, types.boolean, types.string] == expected
