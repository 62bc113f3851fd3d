"""The error of the distinct count over many data sets, beside DataSketches' theta and HyperLogLog."""

from __future__ import annotations

import datasketches
import numpy as np
import pytest

from kedge.analysis.batch import Column, Kind, Texts
from kedge.analysis.sketches.distinct import Distinct

SEEDS = 100
PROMISED = 0.02


def rms(estimates, n):
    return np.sqrt(np.mean((np.array(estimates) / n - 1) ** 2))


def theta(numbers):
    sketch = datasketches.update_theta_sketch(12)
    for number in numbers.tolist():
        sketch.update(number)
    return sketch.get_estimate()


def hyperloglog(numbers):
    sketch = datasketches.hll_sketch(12, datasketches.tgt_hll_type.HLL_8)
    for number in numbers.tolist():
        sketch.update(number)
    return sketch.get_estimate()


@pytest.mark.parametrize("n", [5000, 20_000, 100_000])
def test_random_numbers_are_counted_to_two_percent(n, scan):
    streams = [np.random.default_rng(seed).normal(size=n) for seed in range(SEEDS)]
    ours = rms([scan(Distinct(), numbers).estimate() for numbers in streams], n)
    print(f"{n:,} values, root mean square error {ours:.2%}")
    assert ours <= PROMISED


@pytest.mark.parametrize("reference", [theta, hyperloglog])
def test_it_is_as_near_as_references_of_as_many_entries(reference, scan):
    n, streams = 20_000, [np.random.default_rng(seed).normal(size=20_000) for seed in range(60)]
    ours = rms([scan(Distinct(), numbers).estimate() for numbers in streams], n)
    theirs = rms([reference(numbers) for numbers in streams], n)
    print(f"root mean square error: kedge {ours:.2%}, {reference.__name__} {theirs:.2%}")
    assert ours <= 1.4 * theirs


@pytest.mark.parametrize("step", [1, 2, 0.25, 1000, 1e-7, 2.0**20], ids=str)
def test_regular_numbers_are_counted_as_well_as_random_ones(step, scan):
    starts = range(0, SEEDS * 1_000_000, 1_000_000)
    ours = rms([scan(Distinct(), (start + np.arange(50_000.0)) * step).estimate() for start in starts], 50_000)
    print(f"multiples of {step}: root mean square error {ours:.2%}")
    assert ours <= PROMISED


@pytest.mark.parametrize("form", ["{}", "id-{:012d}", "{}@example.com", "a text longer than two words: {}"])
def test_texts_that_differ_in_a_digit_are_counted_as_well(form):
    def estimate(start, n=20_000):
        texts = Texts.of([form.format(i) for i in range(start, start + n)])
        return Distinct().update(Column(np.full(n, Kind.STRING, np.uint8), np.zeros(n), texts, np.arange(n))).estimate()

    ours = rms([estimate(start) for start in range(0, 40 * 10**6, 10**6)], 20_000)
    print(f"{form}: root mean square error {ours:.2%}")
    assert ours <= PROMISED


def test_a_thousand_merges_change_nothing(scan, merge):
    numbers = np.random.default_rng(1).normal(size=300_000)
    assert merge(Distinct, numbers, 1000) == scan(Distinct(), numbers)
