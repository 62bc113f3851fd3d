from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.analysis.attribution.kernel_shap import kernel_shap
from kedge.analysis.attribution.table import Table
from kedge.errors import InputError

RNG = np.random.default_rng(3)
ROWS, BACKGROUND = RNG.normal(size=(5, 6)), RNG.normal(size=(3, 6))


def curved(cells):
    """Two outputs of six features, products of three of them among these."""
    a, b, c, d, e, f = cells
    return np.stack([a * b * c + np.tanh(d - 2 * e), np.where(f > 0, a, -b) + e**2], axis=1)


def explained(predict, rows=ROWS, background=BACKGROUND, **options):
    names = tuple(f"f{place}" for place in range(rows.shape[1]))
    return kernel_shap(lambda t: predict(t.cells), Table(names, rows.T), Table(names, background.T), **options)


def shapley(predict, row, background):
    """The Shapley values by their definition: the mean of what a feature adds, over all orders to join in."""
    value = {}
    added = np.zeros((len(row), np.asarray(predict(background.T)).reshape(len(background), -1).shape[1]))
    orders = list(permutations(range(len(row))))
    for order in orders:
        for place, feature in enumerate(order):
            before, after = frozenset(order[:place]), frozenset(order[: place + 1])
            for kept in (before, after):
                if kept not in value:
                    mixed = np.where([i in kept for i in range(len(row))], row, background)
                    value[kept] = np.asarray(predict(mixed.T)).reshape(len(background), -1).mean(0)
            added[feature] += value[after] - value[before]
    return added / len(orders)


def test_enumerated_coalitions_give_the_shapley_values():
    expected = [shapley(curved, row, BACKGROUND) for row in ROWS]
    np.testing.assert_allclose(explained(curved).values, expected, atol=1e-10)


@pytest.mark.parametrize("batch_rows", [1, 7, 50, 1000])
def test_how_many_rows_are_asked_about_at_once_does_not_matter(batch_rows):
    expected = explained(curved).values
    np.testing.assert_allclose(explained(curved, batch_rows=batch_rows).values, expected, atol=1e-12)


@pytest.mark.parametrize("batch_rows", [3, 64, 1000])
def test_no_call_asks_about_more_rows_than_allowed(batch_rows):
    asked = []
    explained(lambda cells: (asked.append(cells.shape[1]), cells[0])[1], batch_rows=batch_rows)
    assert max(asked) <= batch_rows


@given(st.integers(0, 2**32), st.integers(1, 40), st.booleans())
@settings(max_examples=25)
def test_attributions_add_up_to_the_answer(seed, samples, use_logit):
    def predict(cells):
        return 1 / (1 + np.exp(-curved(cells)))

    found = explained(predict, samples=samples, seed=seed, use_logit=use_logit)
    answer = predict(ROWS.T)
    answer = np.log(answer / (1 - answer)) if use_logit else answer
    np.testing.assert_allclose(found.values.sum(1) + found.expected, answer, atol=1e-8)


@given(st.integers(0, 2**32))
@settings(max_examples=10)
def test_features_that_do_the_same_are_worth_the_same(seed):
    rng = np.random.default_rng(seed)
    rows, background = rng.normal(size=(4, 5)), rng.normal(size=(2, 5))
    rows[:, 1], background[:, 1] = rows[:, 0], background[:, 0]
    values = explained(lambda c: np.exp(c[0] * c[1]) + c[2] * (c[0] + c[1]), rows, background).values
    np.testing.assert_allclose(values[:, 0], values[:, 1], atol=1e-9)


@given(st.integers(0, 2**32))
@settings(max_examples=10)
def test_a_feature_that_the_predictor_does_not_look_at_is_worth_nothing(seed):
    rng = np.random.default_rng(seed)
    rows, background = rng.normal(size=(4, 5)), rng.normal(size=(2, 5))
    values = explained(lambda c: c[0] * c[1] * c[2] + c[4], rows, background).values
    np.testing.assert_allclose(values[:, 3], 0, atol=1e-9)


def test_a_feature_that_is_as_in_the_background_is_worth_nothing_whatever_is_drawn():
    rows, background = RNG.normal(size=(6, 14)), np.ones((1, 14))
    rows[::2, 4], rows[1, :] = 1.0, 1.0
    values = explained(lambda c: np.tanh(c.sum(0)) * c[4], rows, background, samples=60).values
    assert not values[::2, 4].any()
    assert not values[1].any()


def test_a_linear_predictor_is_explained_exactly_by_what_is_drawn():
    rows, background, slopes = RNG.normal(size=(9, 30)), RNG.normal(size=(4, 30)), RNG.normal(size=30)
    found = explained(lambda c: slopes @ c, rows, background, samples=200)
    np.testing.assert_allclose(found.values[..., 0], slopes * (rows - background.mean(0)), atol=1e-9)


def test_more_draws_come_nearer():
    rows, background = RNG.normal(size=(5, 12)), np.zeros((1, 12))

    def predict(cells):
        return np.tanh(cells[0] * cells[1] + cells[2:7].sum(0)) * np.cos(cells[7:].sum(0))

    exact = explained(predict, rows, background, samples=1 << 12)
    errors = [
        np.abs(explained(predict, rows, background, samples=samples, seed=8).values - exact.values).mean()
        for samples in (60, 4000)
    ]
    assert exact.exact
    assert errors[1] < errors[0] / 4


def test_a_seed_draws_the_same_again_and_another_seed_others():
    rows, background = RNG.normal(size=(3, 15)), np.zeros((1, 15))
    one, again, other = (
        explained(lambda c: np.tanh(c.prod(0) + c.sum(0)), rows, background, samples=100, seed=seed).values
        for seed in (1, 1, 2)
    )
    assert (one == again).all()
    assert not np.allclose(one, other)


def test_a_single_feature_has_the_whole_difference():
    found = explained(lambda c: c[0] ** 2, np.array([[3.0]]), np.array([[1.0], [2.0]]))
    assert found.values.item() == pytest.approx(6.5)


def test_features_to_explain_have_the_values_that_they_have_among_all():
    some = explained(curved, explain=["f4", "f0"]).values
    np.testing.assert_array_equal(some, explained(curved).values[:, [4, 0]])


def test_a_category_is_replaced_as_a_whole():
    table = Table.of(
        [{"city": "Kiel", "age": 3}, {"city": "Bonn", "age": 5}, {"city": None, "age": 5}], ("city", "age")
    )
    worth = {"Kiel": 1, "Bonn": 7, None: 100}
    found = kernel_shap(lambda t: [worth[city] for city, _ in t.rows()], table.part(1, 3), table.part(0, 1))
    assert found.values[..., 0].round(9).tolist() == [[6, 0], [99, 0]]


def test_probabilities_of_exactly_one_have_finite_log_odds():
    found = explained(lambda c: (c[0] > 0) * 1.0, use_logit=True)
    assert np.isfinite(found.values).all()


@pytest.mark.parametrize(
    ("predict", "said"),
    [
        (lambda c: c[0][:-1], "one answer for each of"),
        (lambda c: np.full(c.shape[1], "yes"), "a number for each row, and found 'yes'"),
        (lambda c: np.where(c[0] > 0, np.nan, 1), "finite numbers, and found nan"),
        (lambda c: np.zeros((c.shape[1], 0)), "one answer for each of"),
    ],
    ids=["too few", "text", "nan", "nothing"],
)
def test_an_answer_that_is_none_is_named(predict, said):
    with pytest.raises(InputError, match=said):
        explained(predict)


def test_log_odds_of_what_is_no_probability_are_refused():
    with pytest.raises(InputError, match="use_logit"):
        explained(lambda c: c[0] * 9, use_logit=True)
