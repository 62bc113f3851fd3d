"""What is reported of a feature: a pure function of its sketches, None where there is nothing to say.

One file an item, each with a function of the file's name. Ours are told wherever they belong; those of plugins are
told of every feature, and are plain numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.analysis.sketches.moments import Moments
from kedge.registry import OURS, items

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.profile import Feature


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic of a plugin: one number of a feature."""

    name: str
    function: Callable[[Feature], float | None]

    def __call__(self, feature: Feature) -> float | None:
        """Return its value; None where there is nothing to say, never NaN or infinite."""
        found = self.function(feature)
        return None if found is None or not math.isfinite(found) else found


def plugged(plugins: str | None = None) -> dict[str, Statistic]:
    """Return every statistic of other packages, and of the folder ``plugins``, by name."""
    found = (item for item in items("statistic", plugins) if item.source != OURS)
    return {item.name: Statistic(item.name, item.load()) for item in found}


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
