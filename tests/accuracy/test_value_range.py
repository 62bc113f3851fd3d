"""What chance may do is let pass: against the exact distribution of how many values leave a range."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import betabinom

from kedge.analysis.batch import Column, Kind
from kedge.analysis.checks import Comparison
from kedge.analysis.checks.value_range import value_range
from kedge.analysis.documents import DistributionConstraints, FeatureConstraints, MonitoringConfig
from kedge.analysis.profile import Feature

QUIET = MonitoringConfig(distribution_constraints=DistributionConstraints(perform_comparison="Disabled"))


def seen(numbers: np.ndarray) -> Feature:
    return Feature().update(Column(np.full(len(numbers), Kind.FRACTIONAL, np.uint8), numbers))


def found(before: int, numbers: int, outside: int) -> bool:
    window = np.full(numbers, 0.5)
    window[:outside] = 2.0
    constraint = FeatureConstraints(name="f", inferred_type="Fractional")
    sides = seen(np.linspace(0, 1, before)), seen(window)
    return bool(value_range(Comparison("f", constraint, QUIET, *sides, "default", 1, 1, {})))


@pytest.mark.parametrize("before", [2, 20, 100, 1000, 10_000])
@pytest.mark.parametrize("numbers", [1, 20, 100, 1000])
def test_what_happens_to_one_healthy_feature_in_ten_thousand_is_no_finding(before, numbers):
    # Both ends leave room with the probability Beta(2, n - 1): the spacings of uniform order statistics.
    outside = np.arange(1, numbers + 1)
    likely = outside[betabinom.sf(outside - 1, numbers, 2, before - 1) > 1e-4]
    assert [int(k) for k in likely if found(before, numbers, k)] == []


@pytest.mark.parametrize(("before", "numbers"), [(100, 1000), (1000, 1000), (10_000, 100)])
def test_what_chance_cannot_explain_is_found(before, numbers):
    outside = np.arange(1, numbers + 1)
    impossible = outside[betabinom.sf(outside - 1, numbers, 2, before - 1) < 1e-8]
    enough = max(int(impossible[0]), numbers // 50)
    assert found(before, numbers, enough)
