from __future__ import annotations

from math import inf

import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare, ks_2samp

from kedge.analysis.batch import column
from kedge.analysis.distances import Distance, counts
from kedge.analysis.distances.chi_squared import chi_squared, pearson
from kedge.analysis.distances.linfinity import linfinity
from kedge.analysis.distances.wasserstein import wasserstein
from kedge.analysis.documents import DistributionConstraints
from kedge.analysis.drift import drift, exceeds
from kedge.analysis.profile import Feature
from kedge.analysis.sketches.categories import Categories
from kedge.analysis.sketches.kll import Kll
from kedge.errors import MissingDependency


def seen(values: object) -> Feature:
    return Feature().update(column(list(values)))


def counted(counts: dict[str, int], error: int = 0) -> Feature:
    return Feature(categories=Categories(counts=counts, total=sum(counts.values()), error=error))


def levels(*items: list[float]) -> Feature:
    return Feature(kll=Kll(levels=tuple(np.array(level, np.float64) for level in items)))


# --- linfinity -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(500, 300), (1, 1), (2000, 1)])
def test_the_numeric_distance_is_the_kolmogorov_smirnov_statistic(sizes):
    random = np.random.default_rng(1)
    a, b = random.normal(0, 1, sizes[0]).round(1), random.normal(0.4, 1, sizes[1]).round(1)
    distance = linfinity(seen(a), seen(b), categorical=False, robust=False)
    assert distance == pytest.approx(ks_2samp(a, b).statistic, abs=1e-12)


def test_compacted_sketches_are_within_their_rank_errors():
    random = np.random.default_rng(2)
    a, b = random.normal(0, 1, 50_000), random.normal(0.3, 1, 30_000)
    distance = linfinity(seen(a), seen(b), categorical=False, robust=False)
    assert distance == pytest.approx(ks_2samp(a, b).statistic, abs=0.01)


def test_the_distance_is_symmetric():
    a, b = seen([1, 2, 3, 9]), seen([2, 2, 7])
    there, back = (linfinity(*sides, categorical=False, robust=False) for sides in ((a, b), (b, a)))
    assert there == back


def test_equal_constant_columns_have_no_distance():
    assert linfinity(seen([5] * 9), seen([5]), categorical=False, robust=False) == 0


def test_different_constant_columns_have_nothing_in_common():
    assert linfinity(seen([5] * 9), seen([6]), categorical=False, robust=False) == 1


def test_robust_subtracts_what_chance_can_do():
    a, b = seen(range(1000)), seen(range(500, 1500))
    distance = linfinity(a, b, categorical=False, robust=True)
    assert distance == pytest.approx(0.5 - 1.8 * np.sqrt(2000 / 1_000_000), abs=1e-12)


def test_robust_is_never_negative():
    assert linfinity(seen([1]), seen([2]), categorical=False, robust=True) == 0


@pytest.mark.parametrize("values", [[], [None], [inf, -inf], ["a"]], ids=str)
@pytest.mark.parametrize("distinct_values", [True, False])
def test_a_side_without_finite_numbers_has_no_distance(values, distinct_values):
    sides = seen(values), seen([1, 2])
    options = {"categorical": False, "robust": True, "distinct_values": distinct_values}
    assert linfinity(*sides, **options) is None
    assert linfinity(*reversed(sides), **options) is None


def test_items_of_a_higher_level_weigh_twice_as_much():
    distance = linfinity(levels([1], [2]), levels([1]), categorical=False, robust=False)
    assert distance == pytest.approx(2 / 3)


def test_distinct_values_count_equal_numbers_once():
    a, b = seen([1] * 90 + [2] * 10), seen([1] * 10 + [2] * 90)
    assert linfinity(a, b, categorical=False, robust=False, distinct_values=True) == 0


def test_distinct_values_take_the_weight_of_the_highest_level():
    compacted = levels([1, 2, 3], [1])  # one of weight 2, then 2 and 3 of weight 1
    distance = linfinity(compacted, levels([1]), categorical=False, robust=False, distinct_values=True)
    assert distance == 0.5


def test_the_categorical_distance_is_the_largest_difference_of_shares():
    a, b = seen(["x"] * 6 + ["y"] * 4), seen(["x"] * 3 + ["z"] * 7)
    assert linfinity(a, b, categorical=True, robust=False) == pytest.approx(0.7)


def test_categories_without_a_count_are_no_difference():
    assert linfinity(counted({"a": 4, "b": 0}), counted({"a": 2}), categorical=True, robust=False) == 0


@pytest.mark.parametrize("empty", [counted({}), counted({"a": 0})], ids=["none", "zero"])
def test_a_side_without_categories_has_no_distance(empty):
    assert linfinity(empty, counted({"a": 1}), categorical=True, robust=False) is None
    assert linfinity(counted({"a": 1}), empty, categorical=True, robust=False) is None


# --- chi_squared -----------------------------------------------------------------------------------


def test_both_sides_count_as_samples_by_default():
    a, b = {"x": 50, "y": 70, "z": 30}, {"x": 40, "y": 30, "z": 45}
    test = pearson(counted(a), counted(b))
    oracle = chi2_contingency([list(a.values()), list(b.values())], correction=False)
    assert (test.statistic, test.p_value, test.degrees) == pytest.approx(
        (oracle.statistic, oracle.pvalue, oracle.dof), rel=1e-9
    )


def test_expected_only_takes_the_baseline_as_exact():
    a, b = {"x": 50, "y": 70, "z": 30}, {"x": 40, "y": 30, "z": 45}
    test = pearson(counted(a), counted(b), expected_only=True)
    oracle = chisquare(list(b.values()), np.array(list(a.values())) * 115 / 150)
    assert (test.statistic, test.p_value) == pytest.approx((oracle.statistic, oracle.pvalue), rel=1e-9)


def test_unseen_categories_count_against_the_fit():
    baseline, window = counted({"x": 50, "y": 50}), counted({"x": 50, "y": 50, "new": 60})
    assert chi_squared(baseline, window) < 1e-6


def test_a_constant_baseline_does_not_fit_a_window_with_another_value():
    assert chi_squared(counted({"x": 100}), counted({"x": 50, "new": 50})) < 1e-6


def test_expected_only_ignores_unseen_categories():
    baseline, window = counted({"x": 50, "y": 50}), counted({"x": 50, "y": 50, "new": 60})
    assert chi_squared(baseline, window, expected_only=True) == 1


def test_small_categories_are_put_together_until_few_are_below_five():
    a, b = {"x": 500, "y": 400, "p": 4, "q": 3, "r": 2}, {"x": 50, "y": 45, "p": 1, "q": 0, "r": 4}
    test = pearson(counted(a), counted(b), expected_only=True)
    expected = np.array([500, 400, 9]) * 100 / 909
    assert test.degrees == 1  # p, q and r are still below 5 together, and join y
    assert test.statistic == pytest.approx(
        chisquare([50, 50], [expected[0], expected[1] + expected[2]]).statistic, rel=1e-9
    )


def test_a_fifth_of_small_categories_is_tolerated():
    counts = {"a": 5, "b": 6, "c": 7, "d": 8, "rare": 3}
    assert pearson(counted(counts), counted(counts)).degrees == 4


def test_two_categories_need_ten_expected_each():
    assert chi_squared(counted({"a": 100, "b": 9}), counted({"a": 90, "b": 19}), expected_only=True) is None


def test_the_order_of_categories_does_not_matter():
    a, b = {f"c{i}": 3 for i in range(31)}, {f"c{i}": i % 5 for i in range(31)}
    there = chi_squared(counted(a), counted(b), expected_only=True)
    a, b = (dict(reversed(side.items())) for side in (a, b))
    assert chi_squared(counted(a), counted(b), expected_only=True) == there


def test_zero_buckets_are_left_out():
    a, b = {"u": 50, "v": 50, "x": 50, "y": 50}, {"u": 40, "v": 50, "x": 40, "y": 60}
    bare = chi_squared(counted(a), counted(b))
    assert chi_squared(counted(a | {"zero": 0}), counted(b | {"zero": 0})) == bare


@pytest.mark.parametrize("side", [{}, {"a": 0}, {"a": 100}, {"new": 100}], ids=str)
def test_fewer_than_two_expected_categories_say_nothing(side):
    assert chi_squared(counted({"a": 100}), counted(side), expected_only=True) is None


@pytest.mark.parametrize("side", [{}, {"a": 0}, {"a": 100}, {"new": 3}], ids=str)
def test_fewer_than_two_large_categories_say_nothing(side):
    assert chi_squared(counted({"a": 100}), counted(side)) is None


def test_inexact_categories_are_not_tested():
    assert chi_squared(counted({"a": 50, "b": 50}, error=3), counted({"a": 9, "b": 90})) is None


@pytest.mark.parametrize("method", ["ChiSquared", "kolmogorov_smirnov"])
def test_a_missing_scipy_names_the_extra(monkeypatch, method):
    monkeypatch.setattr("kedge.registry.find_spec", lambda _: None)
    config = DistributionConstraints(categorical_drift_method=method)
    with pytest.raises(MissingDependency, match=r"pip install 'kedge\[stats\]'"):
        drift(seen(["a"]), seen(["a"]), config, categorical=True)


# --- buckets ---------------------------------------------------------------------------------------


def test_numbers_are_counted_between_the_baselines_deciles():
    baseline, window = counts(seen(range(1000)), seen([-5, 0, 99, 100, 899, 900, 5000]), categorical=False)
    assert (baseline.tolist(), window.tolist()) == ([100] * 10, [3, 1, 0, 0, 0, 0, 0, 0, 1, 2])


def test_a_value_that_is_several_deciles_has_a_bucket_of_its_own():
    baseline, window = counts(seen([0] * 500 + [*range(1, 501)]), seen([-1, 0, 0, 1]), categorical=False)
    assert (baseline[:2].tolist(), window[:3].tolist()) == ([0, 500], [1, 2, 1])


def test_texts_that_were_not_kept_share_a_bucket():
    inexact = Feature(categories=Categories(counts={"a": 60}, total=100, error=9))
    assert [side.tolist() for side in counts(inexact, counted({"b": 5}), categorical=True)] == [[60, 0, 40], [0, 5, 0]]


# --- wasserstein -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1, 1e-9, 1e12])
def test_a_constant_column_that_changes_is_two_deviations_away_in_any_unit(scale):
    assert wasserstein(seen([5 * scale] * 9), seen([6 * scale] * 3)) == pytest.approx(2)


# --- which distance --------------------------------------------------------------------------------


def test_texts_among_the_numbers_of_a_window_do_not_hide_its_drift():
    sides = seen(range(1000)), seen([*range(900, 1900), "broken"])
    assert drift(*sides, DistributionConstraints(), categorical=False).distance > 0.8
    assert drift(*sides, DistributionConstraints(), categorical=False, mode="sagemaker") is None


def test_a_method_may_be_the_name_of_a_distance():
    config = DistributionConstraints(comparison_method="psi", categorical_drift_method="hellinger")
    assert drift(seen(range(9)), seen(range(9)), config, categorical=False).method == "psi"
    assert drift(seen(["a"]), seen(["a"]), config, categorical=True).method == "hellinger"


def test_categories_keep_their_method_when_numbers_get_another():
    config = DistributionConstraints(comparison_method="wasserstein")
    assert drift(seen(["a"]), seen(["b"]), config, categorical=True).method == "Robust"


def test_a_distance_gets_the_tolerance_of_its_constraint():
    sides = seen(range(100)), seen(range(25, 125))
    strict, lenient = (
        drift(*sides, DistributionConstraints(comparison_method="t_test", tolerance=tolerance), categorical=False)
        for tolerance in (0, 2)
    )
    assert (strict.p_value, exceeds(strict), exceeds(lenient)) == (True, True, False)


def test_a_distance_that_is_no_number_is_none():
    config = DistributionConstraints.model_construct(comparison_method="broken")
    known = {"broken": Distance("broken", lambda *_: inf)}
    assert drift(seen([1]), seen([1]), config, categorical=False, known=known) is None


def test_categories_have_a_threshold_of_their_own():
    sides = seen(["a"] * 9), seen(["b"] * 9)
    config = DistributionConstraints(comparison_threshold=0.1, categorical_comparison_threshold=0.3)
    assert drift(*sides, config, categorical=True).threshold == 0.3


def test_categories_take_the_common_threshold_where_they_have_none():
    config = DistributionConstraints(comparison_threshold=0.2)
    assert drift(seen(["a"]), seen(["b"]), config, categorical=True).threshold == 0.2


def test_numbers_take_no_threshold_of_categories():
    config = DistributionConstraints(comparison_threshold=0.1, categorical_comparison_threshold=0.3)
    assert drift(seen([1]), seen([2]), config, categorical=False).threshold == 0.1


def test_a_disabled_comparison_has_no_distance():
    config = DistributionConstraints(perform_comparison="Disabled")
    assert drift(seen([1]), seen([2]), config, categorical=False) is None


def test_texts_that_were_not_all_counted_are_not_compared():
    assert drift(seen(["a", 1]), seen(["a", "1"]), DistributionConstraints(), categorical=True) is None
