"""What is reported of a feature: a pure function of its sketches, None where there is nothing to say.

One file an item, each with a function of the file's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.sketches.moments import Moments

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def has_moments(feature: Feature) -> bool:
    """Whether mean and spread of a feature are known: it has finite numbers, and none is astronomic.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> [has_moments(Feature().update(column(values))) for values in ([1, 2], [], [1, 1e300])]
    [True, False, False]
    """
    low, high = feature.extremes.min, feature.extremes.max
    extremes = (abs(value) for value in (low, high) if value is not None)
    return feature.moments.count > 0 and all(value <= Moments.LIMIT for value in extremes)
