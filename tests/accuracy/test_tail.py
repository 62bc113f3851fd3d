"""The relative error of far quantiles beside the promise, numpy's exact ones, and the authors' own sketch."""

from __future__ import annotations

from dataclasses import replace

import ddsketch
import numpy as np
import pytest

from kedge.analysis.profile import Feature
from kedge.analysis.sketches.extremes import Extremes
from kedge.analysis.sketches.kll import Kll
from kedge.analysis.sketches.tail import Tail
from kedge.analysis.statistics.quantile import quantile

FAR = np.array([0.0001, 0.001, 0.01, 0.99, 0.999, 0.9999])
RNG = np.random.default_rng(8)
STREAMS = {
    "log-normal": RNG.lognormal(3, 2.5, 500_000),
    "Pareto": RNG.pareto(0.6, 500_000) + 1,
    "both signs": RNG.standard_t(1.2, 500_000) * 50,
    "latencies": RNG.gamma(2, 30, 500_000) + np.where(RNG.random(500_000) < 0.002, 5000, 0),
}
every_stream = pytest.mark.parametrize("numbers", STREAMS.values(), ids=STREAMS)


def relative_error(found, numbers):
    exact = np.quantile(numbers, FAR, method="lower")
    return (np.abs(found - exact) / np.abs(exact)).max()


@every_stream
def test_far_quantiles_keep_the_promised_relative_error(numbers, scan):
    error = relative_error(scan(Tail(), numbers).quantile(FAR), numbers)
    print(f"relative error {error:.5f}, promised {Tail.ALPHA:.5f}")
    assert error <= Tail.ALPHA


@every_stream
def test_a_thousand_merges_change_nothing(numbers, scan, merge):
    assert merge(Tail, numbers, 1000) == scan(Tail(), numbers)


@every_stream
def test_the_reported_quantile_keeps_the_relative_error_too(numbers, scan):
    parts = {"extremes": Extremes(), "kll": Kll(), "tail": Tail()}
    feature = replace(Feature(), **{name: scan(empty, numbers) for name, empty in parts.items()})
    error = relative_error(np.array([quantile(feature, q) for q in FAR]), numbers)
    assert error <= Tail.ALPHA


def test_it_is_as_near_as_the_sketch_of_the_authors(scan):
    numbers = STREAMS["Pareto"][:100_000]
    reference = ddsketch.DDSketch(relative_accuracy=Tail.ALPHA)
    for number in numbers.tolist():
        reference.add(number)
    theirs = relative_error(np.array([reference.get_quantile_value(q) for q in FAR]), numbers)
    ours = relative_error(scan(Tail(), numbers).quantile(FAR), numbers)
    print(f"relative error: kedge {ours:.5f}, DDSketch {theirs:.5f}")
    assert ours <= max(theirs, Tail.ALPHA)
