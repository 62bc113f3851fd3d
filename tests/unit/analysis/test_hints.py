from __future__ import annotations

import numpy as np
import pytest
from scipy.constants import convert_temperature, foot, inch, lb, mile, minute, ounce

from kedge.analysis.batch import Batch, Column, Kind
from kedge.analysis.hints import hint
from kedge.analysis.profile import Profile

RNG = np.random.default_rng(5)
SHAPES = {
    "gamma": RNG.gamma(2, 400, (2, 3000)),
    "normal": RNG.normal(50, 20, (2, 3000)),
    "lognormal": RNG.lognormal(3, 1, (2, 3000)),
    "uniform": RNG.uniform(-10, 90, (2, 3000)),
}
CONVERSIONS = {
    "kilometres were sent for miles": lambda x: x * mile / 1000,
    "miles were sent for kilometres": lambda x: x * 1000 / mile,
    "inches were sent for feet": lambda x: x * foot / inch,
    "feet were sent for metres": lambda x: x / foot,
    "centimetres were sent for inches": lambda x: x * inch * 100,
    "pounds were sent for kilograms": lambda x: x / lb,
    "ounces were sent for grams": lambda x: x / 1000 / ounce,
    "seconds were sent for minutes": lambda x: x * minute,
    "percent were sent for shares": lambda x: x * 100,
    "whole units were sent for thousandths": lambda x: x / 1000,
    "degrees Fahrenheit were sent for degrees Celsius": lambda x: convert_temperature(x, "C", "F"),
    "degrees Celsius were sent for degrees Fahrenheit": lambda x: convert_temperature(x, "F", "C"),
    "kelvins were sent for degrees Celsius": lambda x: convert_temperature(x, "C", "K"),
    "the sign turned": lambda x: -x,
}


def feature(values, kind=Kind.FRACTIONAL):
    column = Column(np.full(len(values), kind, np.uint8), np.asarray(values, np.float64))
    return Profile().update(Batch({"x": column}, np.arange(len(values), dtype=np.uint64))).features["x"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("meaning", CONVERSIONS)
def test_a_conversion_is_named_whatever_the_shape(meaning, shape):
    before, after = SHAPES[shape]
    assert meaning in hint(feature(before), feature(CONVERSIONS[meaning](after)))


def test_standardised_values_are_named():
    before, after = SHAPES["gamma"]
    assert "standardised values" in hint(feature(before), feature((after - before.mean()) / before.std()))


@pytest.mark.parametrize("largest", [12, 2500])
def test_a_conversion_may_round(largest):
    before, after = RNG.integers(1, largest, (2, 4000))
    found = hint(feature(before, Kind.INTEGRAL), feature(np.rint(after * 1000 / mile), Kind.INTEGRAL))
    assert found == (
        "Every part of the distribution is about 0.621 times what it was, as if miles were sent for kilometres."
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("change", [lambda x: x, lambda x: x + 25, lambda x: x * 1.4, lambda x: x * 5, np.square])
def test_what_is_no_known_conversion_is_not_named(change, shape):
    before, after = SHAPES[shape]
    assert hint(feature(before), feature(change(after))) == ""


def test_half_of_the_rows_converted_is_no_conversion():
    before, after = SHAPES["gamma"]
    assert hint(feature(before), feature(np.where(RNG.random(3000) < 0.5, after, after * 1.609344))) == ""


@pytest.mark.parametrize(
    "values", [[0.0, 1.0] * 500, [5.0] * 500, [], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1e200 * i for i in range(1000)]]
)
def test_too_few_values_or_too_large_ones_say_nothing(values):
    assert hint(feature(values), feature([12 * value for value in values])) == ""
