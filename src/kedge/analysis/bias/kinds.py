"""Whether a column is of categories or of numbers: decided once, when a baseline is learned, and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kedge.analysis.bias.plan import placed, threshold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.bias.plan import Kind, Plan, Value
    from kedge.analysis.profile import Feature

UNIQUE: Final = 0.05  # of whole numbers: with a smaller share of different ones they are categories


def kinds(plan: Plan, features: Mapping[str, Feature]) -> dict[str, Kind]:
    """Return the kind of every facet by its key, and that of the label under the empty text."""
    label = plan.columns(features)["label"] or ""
    found = {facet.key: kind(features.get(placed(facet.name, features) or ""), facet.values) for facet in plan.facets}
    return found | {"": kind(features.get(label), plan.positive)}


def kind(feature: Feature | None, values: tuple[Value, ...]) -> Kind:
    """Return whether a column is categorical or continuous, given what was configured of it.

    Several configured values are categories, and so is one that is no number, and a column with texts or booleans. Of
    numbers, fractions are continuous, 0.0 and 1.0 too; whole ones where the share of different values is 0.05 or more.

    References
    ----------
    bias.md, 5.4. Unlike there, a missing value makes no fraction of a whole number.
    """
    if feature is None or len(values) > 1 or (values and threshold(values) is None):
        return "categorical"
    types = feature.types
    if types.string or types.boolean or not types.present:
        return "categorical"
    if types.fractional:
        return "continuous"
    return "continuous" if feature.distinct.estimate() >= UNIQUE * types.present else "categorical"
