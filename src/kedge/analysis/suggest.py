"""From a profile to the constraints that it suggests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kedge.analysis.documents import (
    Constraints,
    DistributionConstraints,
    FeatureConstraints,
    MonitoringConfig,
    NumConstraints,
    StringConstraints,
)
from kedge.analysis.statistics.categorical import categorical
from kedge.analysis.statistics.completeness import completeness
from kedge.analysis.statistics.min import min as smallest

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature, Profile

MOST_DOMAINS = 120
MOST_SEEN_ONCE = 0.1


def constraints(
    profile: Profile, *, categorical_drift_method: Literal["LInfinity", "ChiSquared"] = "LInfinity"
) -> Constraints:
    """Return the constraints under which the profile's own data has no violation.

    For every feature, in the order of the data: the type that was inferred; the completeness that was
    observed; for numbers whether none is negative; for texts the domain, where there is a small one. Where
    nothing is known (no row, no finite number, no text) the constraint is left out. A feature without any
    value is Unknown and has neither number nor text constraints.
    Reference: data-quality.md, 3.3.
    """
    distribution = DistributionConstraints(
        categorical_comparison_threshold=0.1, categorical_drift_method=categorical_drift_method
    )
    return Constraints(
        features=[_feature(name, feature) for name, feature in profile.features.items()],
        monitoring_config=MonitoringConfig(distribution_constraints=distribution),
    )


def domain(feature: Feature) -> list[str] | None:
    """Return the values that a text feature may have, most frequent first, or None where they are no set.

    They are a set where all are counted, there are at most 120, and at most a tenth of them was seen only
    once: another sample would hardly bring a new one.
    """
    counts = categorical(feature)
    if not counts or len(counts) > MOST_DOMAINS or feature.categories.total < feature.types.present:
        return None
    seen_once = sum(count == 1 for _, count in counts)
    return [value for value, _ in counts] if seen_once <= MOST_SEEN_ONCE * len(counts) else None


def _feature(name: str, feature: Feature) -> FeatureConstraints:
    inferred = feature.types.inferred_type
    low = smallest(feature) if inferred in ("Integral", "Fractional") else None
    domains = domain(feature) if inferred == "String" else None
    return FeatureConstraints(
        name=name,
        inferred_type=inferred,
        completeness=completeness(feature),
        num_constraints=None if low is None else NumConstraints(is_non_negative=low >= 0),
        string_constraints=None if domains is None else StringConstraints(domains=domains),
    )
