"""The smallest number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def min(feature: Feature) -> float | None:
    """Return the smallest finite number, exact, in the feature's unit; None where there is none.

    Reference: data-quality.md, 3.2.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> min(Feature().update(column([3, 1, None])))
    1.0
    """
    return feature.extremes.min
