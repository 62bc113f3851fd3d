"""The rank error of KLL beside its promise, and beside the DataSketches library at the same k."""

from __future__ import annotations

import datasketches
import numpy as np
import pytest

from kedge.analysis.sketches.kll import Kll

N = 1_000_000
RNG = np.random.default_rng(5)
ROWS = np.arange(N, dtype=float)
STREAMS = {
    "sorted": ROWS,
    "reversed": ROWS[::-1].copy(),
    "zig-zag": np.where(ROWS % 2, ROWS, N - ROWS),
    "heavy-tailed": RNG.pareto(0.8, N) * RNG.choice([-1, 1], N),
    "few values": RNG.integers(0, 10, N).astype(float),
    "a batch over again": np.tile(RNG.normal(size=20_000), 50),
    "constant": np.full(N, 7.0),
    "tiny": RNG.normal(size=2000),
    "one value": np.array([3.0]),
}
every_stream = pytest.mark.parametrize("numbers", STREAMS.values(), ids=STREAMS)


def points(numbers):
    return np.unique(np.sort(numbers)[:: max(1, len(numbers) // 4000)])


def shares(numbers, at, side="right"):
    return np.searchsorted(np.sort(numbers), at, side) / len(numbers)


def rank_error(kll, numbers):
    at = points(numbers)
    above = np.abs(kll.cdf(at) - shares(numbers, at)).max()
    return max(above, np.abs(kll.cdf(at, inclusive=False) - shares(numbers, at, "left")).max())


def reference_error(sketch, numbers):
    at = points(numbers)
    return np.abs(np.array(sketch.get_cdf(at, True))[:-1] - shares(numbers, at)).max()


@every_stream
@pytest.mark.parametrize("rows", [122_880, 18_000, 1000])
def test_one_scan_keeps_the_promised_rank_error(numbers, rows, scan):
    error = rank_error(scan(Kll(), numbers, rows), numbers)
    print(f"rank error {error:.5f}")
    assert error <= (Kll.RANK_ERROR if len(numbers) > 2050 else 0)


@every_stream
@pytest.mark.parametrize("parts", [1000, 30])
def test_many_merges_keep_the_promised_rank_error(numbers, parts, merge):
    error = rank_error(merge(Kll, numbers, parts), numbers)
    print(f"rank error {error:.5f}")
    assert error <= (Kll.RANK_ERROR if len(numbers) > 2050 else 0)


def test_no_stream_is_served_worse_than_by_datasketches(scan):
    ours, theirs = [], []
    for numbers in STREAMS.values():
        reference = datasketches.kll_doubles_sketch(Kll.K)
        reference.update(numbers)
        ours.append(rank_error(scan(Kll(), numbers), numbers))
        theirs.append(reference_error(reference, numbers))
    print(f"rank error, worst stream: kedge {max(ours):.5f}, DataSketches {max(theirs):.5f}")
    assert max(ours) <= max(theirs)  # which draws at random: it is 0.0006 to 0.0010, ours 0.0004


def test_merging_a_thousand_stays_within_the_error_that_datasketches_states(merge):
    numbers, reference = STREAMS["heavy-tailed"], datasketches.kll_doubles_sketch(Kll.K)
    for part in np.array_split(numbers, 1000):
        small = datasketches.kll_doubles_sketch(Kll.K)
        small.update(part)
        reference.merge(small)
    ours, theirs = rank_error(merge(Kll, numbers, 1000), numbers), reference_error(reference, numbers)
    print(f"rank error after 1,000 merges: kedge {ours:.5f}, DataSketches {theirs:.5f}")
    assert ours <= datasketches.kll_doubles_sketch.get_normalized_rank_error(Kll.K, False)


def test_it_keeps_no_more_than_a_few_thousand_values(scan):
    kept = max(len(scan(Kll(), numbers).items()[0]) for numbers in STREAMS.values())
    assert kept <= Kll.K / (1 - Kll.C) + 100


def test_every_quantile_is_a_value_that_occurred(scan):
    numbers = STREAMS["few values"]
    assert set(scan(Kll(), numbers).quantile(np.linspace(0, 1, 999))) <= set(range(10))
