"""The arithmetic mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.statistics import has_moments

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def mean(feature: Feature) -> float | None:
    """Return the mean of the finite numbers, in the feature's unit.

    ``sum(x) / n``, to 1e-12 relative whatever the order of merging. None where there is no finite number, or
    where one is beyond ±1e145.
    Reference: data-quality.md, 3.2.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> mean(Feature().update(column([1, 2, 3, 4, None])))
    2.5
    """
    return feature.moments.mean if has_moments(feature) else None
