"""How far a window is from its baseline: pure functions of two features. One file an item.

A distance is a function of the file's name. It takes the baseline's feature and the window's, and by name what
it wants to know of ``categorical``, ``tolerance``, ``robust``, ``distinct_values`` and ``expected_only``; it
returns a finite number, or None where there is nothing to compare. Its module may say

- ``COMPARES``: ``("numbers",)`` or ``("categories",)``, where it cannot do both;
- ``P_VALUE = True``, where what it returns is one, so that drift lies *below* the threshold;
- ``SYMMETRIC = True``, where both sides may change places.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from inspect import signature, unwrap
from typing import TYPE_CHECKING

import numpy as np

from kedge.errors import MissingDependency
from kedge.registry import items

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from kedge.analysis.profile import Feature
    from kedge.registry import Item

    Counts = NDArray[np.float64]

BOTH = ("numbers", "categories")
DECILES = np.arange(1, 10) / 10


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance, and what its module says of it."""

    name: str
    function: Callable[..., float | None]
    compares: tuple[str, ...] = BOTH
    p_value: bool = False
    symmetric: bool = False
    missing: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, item: Item) -> Distance:
        """Return the distance that an item is."""
        return replace(cls.made(item.load()), name=item.name, missing=item.missing)

    @classmethod
    def made(cls, function: Callable[..., float | None]) -> Distance:
        """Return the distance of a function, with what its module says of it."""
        facts = getattr(unwrap(function), "__globals__", {})
        said = facts.get("COMPARES", BOTH), facts.get("P_VALUE", False), facts.get("SYMMETRIC", False)
        return cls(function.__name__, function, *said)

    def __call__(self, baseline: Feature, window: Feature, **options: object) -> float | None:
        """Return the distance; of the options it is given those that it takes and that are not None.

        Raises
        ------
        MissingDependency
            It needs a package that is not installed.
        """
        for package, extra in self.missing.items():
            raise MissingDependency(package, f"The distance {self.name}", extra)
        known = signature(self.function).parameters
        given = {name: value for name, value in options.items() if name in known and value is not None}
        found = self.function(baseline, window, **given)
        return None if found is None or not math.isfinite(found) else float(found)


def distances(plugins: str | None = None) -> dict[str, Distance]:
    """Return every distance by name: those of this room, of other packages, and of the folder ``plugins``."""
    return {item.name: Distance.of(item) for item in items("distance", plugins)}


def counts(baseline: Feature, window: Feature, *, categorical: bool) -> tuple[Counts, Counts] | None:
    """Return how many values of either side lie in each bucket, ``(k,)`` each; None where a side is empty.

    Numbers: ten buckets between the baseline's deciles, the outer ones open. A value that is several deciles at
    once has a bucket of its own, so a constant column has three: below, at, and above it. By the ranks of the KLL
    sketches, so exact while they hold every value and within their rank errors beyond.

    Categories: a bucket for every category of either side, and one for all that the sketches do not keep.
    Exact up to 1,024 categories.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> baseline, window = (Feature().update(column(values)) for values in ([5, 5, 5], [4, 5, 6, 6]))
    >>> [side.tolist() for side in counts(baseline, window, categorical=False)]
    [[0.0, 3.0, 0.0], [1.0, 1.0, 2.0]]
    """
    found = _categories(baseline, window) if categorical else _numbers(baseline, window)
    return found if all(side.any() for side in found) else None


def shares(baseline: Feature, window: Feature, *, categorical: bool) -> tuple[Counts, Counts] | None:
    """Return :func:`counts` as shares that sum to 1."""
    found = counts(baseline, window, categorical=categorical)
    return found and (_shares(found[0]), _shares(found[1]))


def smoothed(baseline: Feature, window: Feature, *, categorical: bool) -> tuple[Counts, Counts] | None:
    """Return shares of which none is 0: half a value is added to every bucket of either side.

    So what was never seen has a share that shrinks with the size of the sample (Krichevsky and Trofimov, 1981).
    """
    found = counts(baseline, window, categorical=categorical)
    return found and (_shares(found[0] + 0.5), _shares(found[1] + 0.5))


def _shares(side: Counts) -> Counts:
    part: Counts = side / side.sum()
    return part


def _numbers(baseline: Feature, window: Feature) -> tuple[Counts, Counts]:
    if not baseline.kll.count:
        return np.zeros(1), np.zeros(1)
    cuts, times = np.unique(baseline.kll.quantile(DECILES), return_counts=True)

    def between(feature: Feature) -> Counts:
        below = feature.kll.rank(cuts[times > 1], inclusive=False)
        ranks = np.concatenate([[0.0], below, feature.kll.rank(cuts), [feature.kll.count]])
        ranks.sort()
        return np.diff(ranks)

    return between(baseline), between(window)


def _categories(baseline: Feature, window: Feature) -> tuple[Counts, Counts]:
    names = sorted(baseline.categories.counts.keys() | window.categories.counts.keys())

    def among(feature: Feature) -> Counts:
        kept = np.array([feature.categories.counts.get(name, 0) for name in names], np.float64)
        return np.append(kept, feature.categories.total - kept.sum())

    return among(baseline), among(window)
