from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.hashing import hash_keys
from kedge.analysis.quality.replicas import ALL, POISSON, weights

KEYS = hash_keys("replicas", 0, 200_000)
WEIGHTS = weights(KEYS)


def test_the_order_of_rows_and_the_cut_between_batches_change_nothing():
    order = np.random.default_rng(1).permutation(len(KEYS))
    parts = np.array_split(order, [3, 1000, 77_777])
    assert (np.concatenate([weights(KEYS[part]) for part in parts], axis=1) == WEIGHTS[:, order]).all()


def test_a_weight_is_what_its_key_says_for_ever():
    assert weights(np.array([42], np.uint64))[:8, 0].tolist() == [1, 0, 0, 2, 3, 1, 2, 0]


@pytest.mark.parametrize(("replicas", "mean", "variance"), [(slice(POISSON), 1, 1), (slice(POISSON, ALL), 0.8, 0.16)])
def test_replicas_have_the_mean_and_the_variance_of_their_draw(replicas, mean, variance):
    found = WEIGHTS[replicas]
    assert found.mean(1) == pytest.approx(mean, abs=4 * (variance / len(KEYS)) ** 0.5)
    assert found.var(1) == pytest.approx(variance, rel=0.03)


def test_the_counts_of_a_row_are_poisson():
    shares = np.bincount(WEIGHTS[:POISSON].ravel(), minlength=9) / WEIGHTS[:POISSON].size
    poisson = np.exp(-1) / np.cumprod([1, *range(1, 9)])
    assert shares == pytest.approx(poisson, abs=5e-4)


def test_replicas_are_independent_of_each_other():
    between = np.corrcoef(WEIGHTS) - np.eye(ALL)
    assert abs(between).max() < 5 / len(KEYS) ** 0.5


def test_rows_are_independent_of_their_neighbours_and_of_their_keys():
    of_neighbours = [np.corrcoef(row[1:], row[:-1])[0, 1] for row in WEIGHTS]
    of_keys = [np.corrcoef(row, KEYS.astype(float))[0, 1] for row in WEIGHTS]
    assert np.abs([of_neighbours, of_keys]).max() < 5 / len(KEYS) ** 0.5
