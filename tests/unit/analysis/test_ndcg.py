from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.analysis.attribution.ndcg import ndcg

SIZES = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.7, 3.0]), st.integers(0, 3)), min_size=2, max_size=9)


@given(SIZES)
def test_ties_are_shared_as_scikit_learn_shares_them(sides):
    metrics = pytest.importorskip("sklearn.metrics")
    baseline, current = (np.array(side, float) for side in zip(*sides, strict=True))
    expected = metrics.ndcg_score([baseline], [current])
    assert (ndcg(baseline, current) or 0.0) == pytest.approx(expected, abs=1e-12)


def test_a_feature_that_lowers_the_answers_counts_by_its_size():
    assert ndcg([-0.5, 0.3, -0.1], [0.4, -0.9, 0.2]) == ndcg([0.5, 0.3, 0.1], [0.4, 0.9, 0.2])


def test_the_order_of_the_baseline_is_worth_one():
    assert ndcg([0.5, 0.3, 0.2], [50, 30, 1]) == 1.0


def test_a_baseline_in_which_nothing_matters_has_no_score():
    assert ndcg([0, 0], [1, 2]) is None


def test_a_single_feature_is_always_in_order():
    assert ndcg([0.3], [0.0]) == 1.0


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e300])
def test_the_unit_of_the_answers_does_not_matter(scale):
    assert ndcg(np.array([5, 3, 1]) * scale, [1, 2, 3]) == pytest.approx(ndcg([5, 3, 1], [1, 2, 3]), rel=1e-3)
