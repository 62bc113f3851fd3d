from __future__ import annotations

from math import inf

import numpy as np
import pytest

from kedge.analysis.batch import column
from kedge.analysis.profile import Feature
from kedge.analysis.sketches.categories import Categories
from kedge.analysis.statistics.categorical import categorical
from kedge.analysis.statistics.completeness import completeness
from kedge.analysis.statistics.distinct_count import distinct_count
from kedge.analysis.statistics.histogram import histogram
from kedge.analysis.statistics.max import max as largest
from kedge.analysis.statistics.mean import mean
from kedge.analysis.statistics.min import min as smallest
from kedge.analysis.statistics.quantile import quantile
from kedge.analysis.statistics.std_dev import std_dev
from kedge.analysis.statistics.sum import sum as total
from kedge.analysis.statistics.type_shares import type_shares

ALL = [
    categorical,
    completeness,
    distinct_count,
    histogram,
    largest,
    mean,
    smallest,
    std_dev,
    total,
    type_shares,
]


def seen(values: list[object]) -> Feature:
    return Feature().update(column(values))


@pytest.mark.parametrize("statistic", ALL, ids=lambda statistic: statistic.__name__)
def test_nothing_seen_has_nothing_to_say(statistic):
    assert statistic(Feature()) is None


@pytest.mark.parametrize("statistic", [mean, total, std_dev, smallest, largest, histogram])
@pytest.mark.parametrize("values", [[None, None], [inf, -inf, inf], ["a", "b"]], ids=str)
def test_a_column_without_a_finite_number_has_no_number(statistic, values):
    assert statistic(seen(values)) is None


def test_a_constant_column_has_zero_deviation():
    assert std_dev(seen([7.3] * 1000)) == 0


def test_moments_agree_with_numpy():
    values = np.random.default_rng(1).lognormal(size=500)
    feature = seen(values.tolist())
    assert (mean(feature), total(feature), std_dev(feature)) == pytest.approx(
        (values.mean(), values.sum(), values.std()), rel=1e-12
    )


def test_infinite_numbers_are_present_but_not_averaged():
    feature = seen([1.0, inf, 3.0, None])
    assert (mean(feature), largest(feature), completeness(feature)) == (2.0, 3.0, 0.75)


def test_moments_of_astronomic_numbers_are_not_said():
    feature = seen([1.7e308, 1.7e308])
    assert (mean(feature), total(feature), std_dev(feature)) == (None, None, None)
    assert largest(feature) == 1.7e308


def test_completeness_of_missing_values_only_is_zero():
    assert completeness(seen([None, None])) == 0


def test_the_histogram_agrees_with_numpy():
    values = np.random.default_rng(2).normal(size=500)
    counts, edges = histogram(seen(values.tolist()))
    expected_counts, expected_edges = np.histogram(values, 10)
    assert counts.tolist() == expected_counts.tolist()
    assert edges == pytest.approx(expected_edges, rel=1e-12)


def test_the_last_bucket_of_a_constant_column_holds_all_values():
    counts, edges = histogram(seen([0.1, 0.1, 0.1]))
    assert counts.tolist() == [0] * 9 + [3]
    assert set(edges.tolist()) == {0.1}


@pytest.mark.parametrize("values", [[-1.7e308, 1.7e308], [5e-324, 1e-323], [42.0]], ids=str)
def test_the_counts_of_a_histogram_sum_to_the_count(values):
    counts, edges = histogram(seen(values))
    assert counts.sum() == len(values)
    assert np.isfinite(edges).all()
    assert (np.diff(edges) >= 0).all()


def test_buckets_of_a_compacted_sketch_sum_to_the_count():
    counts, _ = histogram(seen(np.random.default_rng(3).normal(size=20_000).tolist()))
    assert counts.sum() == 20_000


def test_categories_come_most_frequent_first_and_then_by_name():
    assert categorical(seen(["b", "a", "c", "c"])) == [("c", 2), ("a", 1), ("b", 1)]


def test_categories_that_are_not_exact_are_not_said():
    feature = Feature(categories=Categories(counts={"a": 5}, total=9, error=2))
    assert categorical(feature) is None


def test_distinct_values_are_counted_once():
    assert distinct_count(seen([1, 1, 2, None, 3])) == 3


@pytest.mark.parametrize("q", [0, 0.001, 0.25, 0.5, 0.75, 0.999, 1])
def test_quantiles_are_within_the_rank_error_of_the_sketch(q):
    values = np.random.default_rng(4).normal(size=50_000)
    value = quantile(seen(values.tolist()), q)
    rank = (values <= value).mean()
    assert rank == pytest.approx(q, abs=0.0002 if min(q, 1 - q) <= 0.01 else 0.005)


def test_the_outermost_quantiles_are_the_exact_extremes():
    values = np.random.default_rng(5).normal(size=50_000)
    feature = seen(values.tolist())
    assert (quantile(feature, 0), quantile(feature, 1)) == (values.min(), values.max())


def test_a_quantile_is_exact_while_the_sketch_holds_every_value():
    assert quantile(seen(list(range(1, 1001))), 0.999) == 999


def test_the_tail_cannot_blur_what_the_sketch_knows():
    years = np.random.default_rng(6).integers(1990, 2020, 50_000).tolist()
    assert quantile(seen(years), 0.99) == 2019


def test_a_quantile_of_one_row_is_that_row():
    assert [quantile(seen([3.5]), q) for q in (0, 0.01, 0.5, 0.999, 1)] == [3.5] * 5


def test_a_quantile_of_nothing_is_not_said():
    assert quantile(seen([None, inf]), 0.5) is None


def test_type_shares_judge_every_value_by_itself():
    shares = type_shares(seen([1, 2.5, True, "a", None]))
    assert shares == {"Fractional": 0.25, "Integral": 0.25, "Boolean": 0.25, "String": 0.25}


def test_a_distinct_count_never_exceeds_the_number_of_values():
    assert all(distinct_count(seen(list(range(start, start + 4200)))) <= 4200 for start in range(0, 100_000, 10_000))


@pytest.mark.parametrize("q", [0.001, 0.995, 0.9999])
def test_a_far_quantile_of_integers_is_a_whole_number_as_near_as_the_tail_promises(q):
    values = np.random.default_rng(2).geometric(0.02, 20_000)
    found, exact = quantile(seen(values.tolist()), q), np.quantile(values, q, method="lower")
    assert found == int(found)
    assert abs(found - exact) <= exact / 64


def test_half_a_surrogate_pair_counts_as_the_text_that_is_shown():
    assert Categories().update(column(["a\ud800", "a\ufffd"])).counts == {"a\ufffd": 2}


def test_minus_zero_is_zero():
    feature = seen([-0.0] * 3000)
    assert str(quantile(feature, 0.5)) == "0.0"
