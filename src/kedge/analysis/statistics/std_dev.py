"""The population standard deviation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.statistics import has_moments

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def std_dev(feature: Feature) -> float | None:
    """Return the population standard deviation of the finite numbers, in the feature's unit.

    ``sqrt(sum((x - mean)**2) / n)``, not less than 0; to 1e-12 relative. 0 for one row and for a constant
    column; None where there is no finite number, or where one is beyond ±1e145.
    Reference: data-quality.md, 3.2 (the values 1 to 5 give the square root of 2).

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> std_dev(Feature().update(column([1, 2, 3, 4, 5])))
    1.4142135623730951
    """
    return feature.moments.std_dev if has_moments(feature) else None
