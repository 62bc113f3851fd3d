from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.attribution.aggregate import METHODS, aggregate

VALUES = np.random.default_rng(5).normal(size=(31, 4, 2)).round(1)
COUNTS = np.random.default_rng(6).integers(0, 3, (9, 31)).astype(np.uint8)
NUMPY = {
    "mean_abs": lambda values: np.abs(values).mean(0),
    "mean_sq": lambda values: (values**2).mean(0),
    "median": lambda values: np.median(values, 0),
}


@pytest.mark.parametrize("method", METHODS)
def test_one_replica_is_what_numpy_says(method):
    np.testing.assert_allclose(aggregate(VALUES, method)[0], NUMPY[method](VALUES), rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_row_that_counts_twice_is_there_twice(method):
    expected = [NUMPY[method](np.repeat(VALUES, counts, axis=0)) for counts in COUNTS]
    np.testing.assert_allclose(aggregate(VALUES, method, COUNTS), expected, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_a_replica_without_rows_says_nothing(method):
    assert np.isnan(aggregate(VALUES, method, COUNTS * 0)).all()


@pytest.mark.parametrize("method", METHODS)
def test_no_rows_say_nothing(method):
    assert np.isnan(aggregate(VALUES[:0], method)).all()
