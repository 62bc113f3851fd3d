"""What a baseline demands, in words: each part of a constraint as a person would say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.adapters.presentation.words import NOTHING, count, number, percent, plain
from kedge.analysis.drift import SERVICE, method_of, threshold_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.distances import Distance
    from kedge.analysis.documents import FeatureConstraints, MonitoringConfig

_NAMED = 5


def present(feature: FeatureConstraints) -> str:
    """Return the share of rows that has to hold a value.

    >>> from kedge.analysis.documents import FeatureConstraints
    >>> present(FeatureConstraints(name="age", inferred_type="Integral", completeness=0.98))
    'at least 98%'
    """
    share = percent(feature.completeness)
    return share if share in ("100%", NOTHING) else f"at least {share}"


def values(feature: FeatureConstraints) -> str:
    """Return which values may occur."""
    texts, numbers = feature.string_constraints, feature.num_constraints
    if texts and texts.domains:
        named = ", ".join(plain(value, 24) for value in texts.domains[:_NAMED])
        more = len(texts.domains) - _NAMED
        return f"one of {named}" + (f" and {count(more, 'other')}" if more > 0 else "")
    return "not negative" if numbers and numbers.is_non_negative else NOTHING


def drift(feature: FeatureConstraints, config: MonitoringConfig, known: Mapping[str, Distance]) -> str:
    """Return how far the distribution may move, by the feature's own configuration and the distances by name."""
    distribution, categorical = config.distribution_constraints, feature.inferred_type == "String"
    if config.evaluate_constraints == "Disabled":
        return "not checked"
    if distribution.perform_comparison == "Disabled" or feature.inferred_type == "Unknown":
        return NOTHING
    method, threshold = method_of(distribution, categorical), number(threshold_of(distribution, categorical), 3)
    distance = known.get(SERVICE.get(method, method))
    return f"p at least {threshold}" if distance and distance.p_value else f"at most {threshold}"
