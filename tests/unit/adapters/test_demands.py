from __future__ import annotations

from typing import Any

import pytest

from kedge.adapters.presentation import demands
from kedge.analysis.distances import distances
from kedge.analysis.documents import DistributionConstraints, FeatureConstraints, MonitoringConfig


def text(**more: Any) -> FeatureConstraints:
    return FeatureConstraints(name="size", inferred_type="String", **more)


@pytest.mark.parametrize(("share", "said"), [(1.0, "100%"), (0.98, "at least 98%"), (None, "–")])
def test_a_share_is_a_bound_unless_it_is_all(share: float | None, said: str) -> None:
    assert demands.present(text(completeness=share)) == said


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"evaluate_constraints": "Disabled"}, "not checked"),
        ({"distribution_constraints": {"perform_comparison": "Disabled"}}, "–"),
        ({"distribution_constraints": {"categorical_comparison_threshold": 0.25}}, "at most 0.25"),
        ({"distribution_constraints": {"categorical_drift_method": "ChiSquared"}}, "p at least 0.1"),
        ({"distribution_constraints": {"categorical_drift_method": "psi"}}, "at most 0.1"),
    ],
)
def test_drift_is_said_as_it_is_judged(config: dict[str, Any], said: str) -> None:
    assert demands.drift(text(), MonitoringConfig.model_validate(config), distances()) == said


def test_a_test_of_numbers_has_a_p_value() -> None:
    age = FeatureConstraints(name="age", inferred_type="Integral")
    distribution = DistributionConstraints(comparison_method="t_test", comparison_threshold=0.05)
    assert demands.drift(age, MonitoringConfig(distribution_constraints=distribution), distances()) == "p at least 0.05"


def test_numbers_have_the_threshold_of_numbers() -> None:
    age = FeatureConstraints(name="age", inferred_type="Integral")
    distribution = DistributionConstraints(comparison_threshold=0.3, categorical_comparison_threshold=0.2)
    assert demands.drift(age, MonitoringConfig(distribution_constraints=distribution), distances()) == "at most 0.3"
