from __future__ import annotations

from math import inf

import numpy as np
import pytest
from scipy.stats import median_abs_deviation

from kedge.analysis.batch import column
from kedge.analysis.profile import Feature
from kedge.analysis.statistics.spread import spread
from kedge.analysis.usual import FARTHEST, Usual

RNG = np.random.default_rng(5)
SHAPES = {
    "normal": RNG.normal(40, 3, 60_000),
    "log-normal": RNG.lognormal(0, 1, 60_000),
    "Student-t": RNG.standard_t(3, 60_000),
    "counts": RNG.poisson(4, 60_000).astype(float),
    "far from zero": 1e6 + RNG.normal(0, 1, 60_000),
}


def seen(values) -> Feature:
    return Feature().update(column(list(values)))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_spread_of_few_values_is_scipys_to_the_digit(shape):
    values = SHAPES[shape][:2001]
    assert spread(seen(values)) == pytest.approx(median_abs_deviation(values, scale="normal"), rel=1e-4)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_spread_of_many_values_is_scipys_within_two_percent(shape):
    assert spread(seen(SHAPES[shape])) == pytest.approx(median_abs_deviation(SHAPES[shape], scale="normal"), rel=0.02)


def test_half_of_the_values_may_be_wrong():
    values = SHAPES["normal"][:1000]
    assert spread(seen([*values, *[1e9] * 400])) < 3 * spread(seen(values))


def test_a_column_of_mostly_zeros_has_the_spread_of_the_others():
    others = RNG.exponential(1, 500)
    assert spread(seen([0.0] * 1500 + list(others))) == pytest.approx(1.4826 * np.median(others), rel=0.01)


@pytest.mark.parametrize("values", [[], [None], ["a"], [7, 7, 7], [inf], [1.7e308, -1.7e308, 0]], ids=str)
def test_what_has_no_spread_is_never_unusual(values):
    assert Usual.of(seen(values)) is None


@pytest.mark.parametrize("shape", SHAPES)
def test_the_baseline_keeps_within_what_is_usual_but_for_a_thousandth(shape):
    values, usual = SHAPES[shape], Usual.of(seen(SHAPES[shape]))
    outside = np.mean((values < usual.low) | (values > usual.high))
    assert outside <= min(usual.share, 0.0015)


def test_a_light_tail_ends_at_the_limit_and_a_heavy_one_where_the_baseline_does():
    normal, heavy = (Usual.of(seen(SHAPES[shape]), limit=6) for shape in ("normal", "log-normal"))
    assert (normal.high - normal.median) / normal.spread == pytest.approx(6)
    assert heavy.high == pytest.approx(np.quantile(SHAPES["log-normal"], 0.9995), rel=0.15)


def test_rows_outside_are_those_that_a_plain_comparison_finds():
    values, usual = SHAPES["Student-t"], Usual.of(seen(SHAPES["Student-t"][:1000]))
    expected = np.flatnonzero((values < usual.low) | (values > usual.high))
    assert len(expected)
    assert usual.outside(column(list(values))).tolist() == expected.tolist()


def test_infinity_is_outside_and_what_is_missing_or_a_text_is_not():
    usual, values = Usual.of(seen(range(100))), column([None, "x", True, inf, -inf, 50])
    assert usual.outside(values).tolist() == [3, 4]
    assert usual.deviations(values).tolist()[:5] == [0, 0, 0, FARTHEST, -FARTHEST]


def test_deviations_are_those_from_scipys_spread():
    values = SHAPES["normal"][:2001]
    expected = (values - np.median(values)) / median_abs_deviation(values, scale="normal")
    assert Usual.of(seen(values)).deviations(column(list(values))) == pytest.approx(expected, abs=1e-3)
