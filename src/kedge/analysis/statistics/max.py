"""The largest number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def max(feature: Feature) -> float | None:
    """Return the largest finite number, exact, in the feature's unit; None where there is none.

    Reference: data-quality.md, 3.2.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> max(Feature().update(column([3, 1, None])))
    3.0
    """
    return feature.extremes.max
