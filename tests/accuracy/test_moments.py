"""Mean and spread of data on which naive sums fail, beside exact sums and certified values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kedge.analysis.sketches.moments import Moments

RNG = np.random.default_rng(3)
ILL = {
    "far from zero": 1e9 + RNG.normal(size=100_000),
    "farther": 1e12 + RNG.normal(size=100_000),
    "large ones cancel": np.concatenate([np.full(50_000, 1e15), RNG.normal(size=7), np.full(50_000, -1e15)]),
    "many magnitudes": RNG.lognormal(0, 8, 100_000) * RNG.choice([-1, 1], 100_000),
    "one giant": np.append(RNG.normal(size=100_000), 1e12),
    "tiny": RNG.normal(size=100_000) * 1e-150,
}
# National Institute of Standards and Technology, Statistical Reference Datasets, NumAcc1 to 4: the first value,
# the two that alternate, how often, the certified mean, and the certified deviation (of a sample).
CERTIFIED = [
    ((10000001.0, 10000003.0, 10000002.0), 1, 10000002.0, 1.0),
    ((1.2, 1.1, 1.3), 500, 1.2, 0.1),
    ((1000000.2, 1000000.1, 1000000.3), 500, 1000000.2, 0.1),
    ((10000000.2, 10000000.1, 10000000.3), 500, 10000000.2, 0.1),
]


def exact(numbers):
    """Return mean and variance from sums without rounding; the mean's own is taken off again."""
    mean = math.fsum(numbers) / len(numbers)
    away = numbers - mean
    return mean, (math.fsum(away * away) - math.fsum(away) ** 2 / len(numbers)) / len(numbers)


@pytest.mark.parametrize("numbers", ILL.values(), ids=ILL)
@pytest.mark.parametrize("parts", [1, 1000])
def test_mean_and_spread_agree_with_exact_sums(numbers, parts, merge):
    mean, spread = exact(numbers)
    found, scale = merge(Moments, numbers, parts), math.sqrt(mean * mean + spread)
    print(f"mean {abs(found.mean - mean) / scale:.1e}, deviation {abs(found.std_dev / math.sqrt(spread) - 1):.1e}")
    assert abs(found.mean - mean) <= 1e-12 * scale
    assert abs(found.variance - spread) <= 1e-12 * scale**2


@pytest.mark.parametrize("numbers", ILL.values(), ids=ILL)
def test_the_deviation_is_as_good_as_that_of_numpy(numbers, scan):
    deviation = math.sqrt(exact(numbers)[1])
    assert abs(scan(Moments(), numbers).std_dev - deviation) <= abs(numbers.std() - deviation) + 1e-12 * deviation


@pytest.mark.parametrize(("values", "times", "mean", "deviation"), CERTIFIED)
@pytest.mark.parametrize("parts", [1, 40])
def test_certified_values_are_met(values, times, mean, deviation, parts, merge):
    numbers = np.array([values[0], *values[1:] * times])
    found = merge(Moments, numbers, min(parts, len(numbers)))
    assert found.mean == pytest.approx(mean, rel=1e-14)
    assert math.sqrt(found.m2 / (len(numbers) - 1)) == pytest.approx(deviation, rel=1e-7)
