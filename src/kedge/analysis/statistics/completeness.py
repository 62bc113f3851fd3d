"""The share of rows that hold a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def completeness(feature: Feature) -> float | None:
    """Return the share of rows in which the feature has a value.

    ``present / (present + missing)``, exact, between 0 and 1; None where no row was seen.
    Reference: data-quality.md, 3.3.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> completeness(Feature().update(column([1, 2, None, 4])))
    0.75
    """
    rows = feature.types.present + feature.types.missing
    return feature.types.present / rows if rows else None
