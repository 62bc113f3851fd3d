from __future__ import annotations

from math import inf

import numpy as np
import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.profile import Feature, Profile
from kedge.analysis.sketches.categories import Categories
from kedge.analysis.sketches.types import Types
from kedge.analysis.suggest import constraints


def profile(**columns: list[object]) -> Profile:
    rows = len(next(iter(columns.values())))
    batch = Batch({name: column(values) for name, values in columns.items()}, np.arange(rows, dtype=np.uint64))
    return Profile().update(batch)


def suggested(values: list[object]):
    return constraints(profile(f=values)).features[0]


@pytest.mark.parametrize(
    ("values", "inferred"),
    [
        ([1, 2], "Integral"),
        ([1, 2.5], "Fractional"),
        ([1, "a"], "String"),
        ([True, 1], "String"),
        ([True, False], "String"),
        ([None], "Unknown"),
    ],
)
def test_the_type_is_the_narrowest_that_holds_all_values(values, inferred):
    assert suggested(values).inferred_type == inferred


def test_completeness_is_what_was_observed():
    assert suggested([1, None, 3, 4]).completeness == 0.75


@pytest.mark.parametrize(("values", "non_negative"), [([0, 1], True), ([-0.5, 1], False)])
def test_numbers_are_non_negative_where_the_smallest_is(values, non_negative):
    assert suggested(values).num_constraints.is_non_negative is non_negative


def test_a_feature_without_values_is_only_incomplete():
    feature = suggested([None, None])
    assert (feature.completeness, feature.num_constraints, feature.string_constraints) == (0.0, None, None)


def test_infinities_only_demand_no_sign():
    assert suggested([inf, -inf]).num_constraints is None


def test_domains_come_most_frequent_first_and_then_by_name():
    assert suggested(["b", "b", "a", "a", "c", "c", "c"]).string_constraints.domains == ["c", "a", "b"]


def test_booleans_have_a_domain():
    assert suggested([True, False, True, False]).string_constraints.domains == ["false", "true"]


@pytest.mark.parametrize(("distinct", "has_domain"), [(120, True), (121, False)])
def test_more_than_120_categories_are_no_domain(distinct, has_domain):
    values = [f"c{i}" for i in range(distinct)] * 2
    assert (suggested(values).string_constraints is not None) is has_domain


@pytest.mark.parametrize(("once", "has_domain"), [(1, True), (2, False)])
def test_more_than_a_tenth_of_categories_seen_once_are_no_domain(once, has_domain):
    values = [f"c{i}" for i in range(10)] + [f"c{i}" for i in range(once, 10)]
    assert (suggested(values).string_constraints is not None) is has_domain


@pytest.mark.parametrize(
    "categories", [Categories({"a": 5}, 9, 2), Categories({"a": 5}, 5)], ids=["inexact", "uncounted numbers"]
)
def test_texts_that_were_not_all_counted_have_no_domain(categories):
    feature = Feature(types=Types(string=9), categories=categories)
    assert constraints(Profile({"f": feature}, rows=9)).features[0].string_constraints is None


def test_features_stay_in_the_order_of_the_data():
    names = [feature.name for feature in constraints(profile(z=[1], a=[2], m=["x"])).features]
    assert names == ["z", "a", "m"]


def test_the_drift_method_is_taken_over():
    config = constraints(profile(f=[1]), categorical_drift_method="ChiSquared").monitoring_config
    assert config.distribution_constraints.categorical_drift_method == "ChiSquared"


def test_nothing_at_all_suggests_nothing():
    assert constraints(Profile()).features == []
