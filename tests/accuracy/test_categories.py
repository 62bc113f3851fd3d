"""Counts of frequent texts beside true counts, and beside DataSketches' frequent items."""

from __future__ import annotations

from collections import Counter
from functools import reduce

import datasketches
import numpy as np
import pytest

from kedge.analysis.batch import Column, Kind, Texts
from kedge.analysis.sketches.categories import Categories

N = 200_000
RNG = np.random.default_rng(4)
STREAMS = {
    "Zipf 1.2": RNG.zipf(1.2, N),
    "Zipf 1.05": RNG.zipf(1.05, N),
    "some among ids": np.where(RNG.random(N) < 0.3, RNG.integers(0, 40, N), np.arange(N) + 1000),
    "as many as fit": RNG.integers(0, Categories.BOUND, N),
    "sorted": np.sort(RNG.zipf(1.3, N)),
}
every_stream = pytest.mark.parametrize("texts", [[f"c{i}" for i in s.tolist()] for s in STREAMS.values()], ids=STREAMS)


def seen(texts):
    n = len(texts)
    return Categories().update(Column(np.full(n, Kind.STRING, np.uint8), np.zeros(n), Texts.of(texts), np.arange(n)))


def merged(texts, size):
    return reduce(Categories.merge, (seen(texts[start : start + size]) for start in range(0, len(texts), size)))


@every_stream
@pytest.mark.parametrize("size", [N, 20_000, 500])
def test_every_true_count_lies_in_its_interval(texts, size):
    found, true = merged(texts, size), Counter(texts)
    off = [count - found.counts.get(text, 0) for text, count in true.items()]
    print(f"largest error {max(off)}, stated {found.error}, bound {found.total / (Categories.BOUND + 1):.0f}")
    assert min(off) >= 0
    assert max(off) <= found.error <= N / (Categories.BOUND + 1)


@every_stream
def test_no_heavy_hitter_is_lost(texts):
    found, true = merged(texts, 5000), Counter(texts)
    heavy = {text for text, count in true.items() if count > N / (Categories.BOUND + 1)}
    assert heavy <= set(found.counts)


def test_as_many_categories_as_fit_are_counted_exactly():
    texts = [f"c{i}" for i in STREAMS["as many as fit"].tolist()]
    assert merged(texts, 500).counts == Counter(texts)


@every_stream
def test_the_stated_error_is_no_larger_than_that_of_datasketches(texts):
    reference = datasketches.frequent_strings_sketch(11)  # 1,536 counters
    for text in texts:
        reference.update(text)
    ours, theirs = seen(texts).error, reference.get_epsilon_for_lg_size(11) * N
    print(f"stated error: kedge {ours}, DataSketches {theirs:.0f}")
    assert ours <= theirs
