"""The sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.statistics import has_moments

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def sum(feature: Feature) -> float | None:
    """Return the sum of the finite numbers, in the feature's unit.

    To 1e-12 relative whatever the order of merging. None where there is no finite number, or where one is
    beyond ±1e145.
    Reference: data-quality.md, 3.2.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> sum(Feature().update(column([1, 2, 3, 4, None])))
    10.0
    """
    return feature.moments.sum if has_moments(feature) else None
