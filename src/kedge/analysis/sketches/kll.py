"""Ranks and quantiles of a stream of any length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np

from kedge.analysis.hashing import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.batch import Column

    Levels = tuple[NDArray[np.float64], ...]


@dataclass(frozen=True, eq=False)
class Kll:
    """A bounded number of values that stand for all finite ones: a value of level ``i`` for ``2**i`` of them.

    Up to 2,050 values are kept as they are, in one level and in the order of arrival, as the service does.
    Beyond, a level that has grown over its capacity is compacted: it is sorted, and every second value goes up
    one level. The capacity is ``K`` at the top and shrinks by the factor ``C`` from each level to the one below,
    so that about ``K / (1 - C)``, 5,700 values, are kept of a stream of any length. A longer batch is sorted and
    thinned in one go to the middle one of every ``2**j`` values, which enters at level ``j``.

    Which half is kept is drawn from the values and the number of compactions: there is no seed and no clock,
    and the same batches in the same order give the same bytes.

    Attributes
    ----------
    levels
        Arrays of float64, lowest level first; only those of the raw stage are in order of arrival.
    compactions
        How often values were thinned.

    Notes
    -----
    ``RANK_ERROR`` bounds the difference of ``cdf`` from the exact share at every point at once, with a
    probability of 99 %, for one scan and after any number of merges; up to 2,050 values there is no error.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> kll = Kll().update(column([3, 1, 2, 2]))
    >>> kll.levels[0].tolist(), kll.cdf(np.array([2.0])).tolist(), kll.quantile(0.5)
    ([3.0, 1.0, 2.0, 2.0], [0.75], 2.0)

    References
    ----------
    Karnin, Lang, Liberty: Optimal quantile approximation in streams, FOCS 2016. Reference specification,
    data-quality.md, 3.7.3.
    """

    K: ClassVar[int] = 2048
    C: ClassVar[float] = 0.64
    RANK_ERROR: ClassVar[float] = 0.0014

    levels: Levels = ()
    compactions: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kll) and self.to_json() == other.to_json()

    @cached_property
    def count(self) -> int:
        """How many finite numbers were seen."""
        return sum(len(values) << level for level, values in enumerate(self.levels))

    def items(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the kept values, ascending, and how many values each stands for."""
        if not self.levels:
            return np.empty(0), np.empty(0, np.int64)
        values = np.concatenate(self.levels)
        weights = np.repeat(1 << np.arange(len(self.levels)), [len(level) for level in self.levels])
        order = np.argsort(values, kind="stable")
        return values[order], weights[order]

    def rank(self, points: NDArray[np.float64], *, inclusive: bool = True) -> NDArray[np.int64]:
        """Return how many values lie at or below each point (below it, unless ``inclusive``)."""
        values, cumulated = self._cumulated
        return cumulated[np.searchsorted(values, points, side="right" if inclusive else "left")]

    def cdf(self, points: NDArray[np.float64], *, inclusive: bool = True) -> NDArray[np.float64]:
        """Return the share of values at or below each point, in [0, 1]; 0 where nothing was seen."""
        return self.rank(points, inclusive=inclusive) / max(self.count, 1)

    @overload
    def quantile(self, q: float) -> float: ...
    @overload
    def quantile(self, q: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def quantile(self, q: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
        """Return the smallest kept value at or below which the share ``q`` of all values lies.

        ``q`` is in [0, 1], or an array of such; NaN where nothing was seen.
        """
        values, cumulated = self._cumulated
        if not len(values):
            return np.full(np.shape(q), np.nan) if np.ndim(q) else math.nan
        places = np.searchsorted(cumulated[1:], np.asarray(q) * self.count)
        found = values[np.minimum(places, len(values) - 1)]
        return found if np.ndim(q) else float(found)

    def update(self, column: Column) -> Self:
        """Return the sketch with a further column."""
        ordered = column.ordered
        if not len(ordered):
            return self
        halvings = ((len(ordered) - 1) // _capacity(0)).bit_length()
        if not halvings:
            arrived = column.arrived + 0.0  # -0.0 becomes 0.0
            return self.merge(type(self)((arrived[np.isfinite(arrived)],)))
        rest, kept = _thinned(ordered, 1 << halvings, self.compactions)
        return self.merge(type(self)((rest, *[np.empty(0)] * (halvings - 1), kept), 1))

    def merge(self, other: Self) -> Self:
        """Return the sketch of all that either has seen."""
        pairs = zip_longest(self.levels, other.levels, fillvalue=np.empty(0))
        levels, compactions = [np.concatenate(pair) for pair in pairs], self.compactions + other.compactions
        while sum(map(len, levels)) > _total_capacity(len(levels)):
            _compact(levels, compactions)
            compactions += 1
        return type(self)(tuple(levels), compactions)

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same numbers: nowhere farther apart than twice the rank error."""
        points = np.concatenate([self.items()[0], other.items()[0]])
        apart = np.abs(self.cdf(points) - other.cdf(points)).max(initial=0.0)
        exact = self.count <= _capacity(0)
        return self.count == other.count and bool(apart <= (0 if exact else 2 * self.RANK_ERROR))

    def to_json(self) -> dict[str, Any]:
        """Return ``k``, the number of compactions and the levels, as readable numbers."""
        return {"k": self.K, "compactions": self.compactions, "levels": [v.tolist() for v in self.levels]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(tuple(np.array(values, np.float64) for values in data["levels"]), data["compactions"])

    @cached_property
    def _cumulated(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        values, weights = self.items()
        return values, np.concatenate([[0], np.cumsum(weights)])


@cache
def _capacity(depth: int) -> int:
    """Return how many values the level ``depth`` steps below the top holds: 2,050 at the top, as the service."""
    return max(8, 2 * (math.ceil(Kll.K * Kll.C**depth / 2) + 1))


@cache
def _total_capacity(levels: int) -> int:
    return sum(map(_capacity, range(levels)))


def _compact(levels: list[NDArray[np.float64]], compactions: int) -> None:
    """Halve the lowest level that is over its capacity."""
    top = len(levels) - 1
    full = next(i for i, values in enumerate(levels) if len(values) > _capacity(top - i))
    if full == top:
        levels.append(np.empty(0))
    levels[full], kept = _thinned(np.sort(levels[full]), 2, compactions)
    levels[full + 1] = np.concatenate([levels[full + 1], kept])


def _thinned(ordered: NDArray[np.float64], step: int, compactions: int) -> tuple[NDArray[np.float64], ...]:
    """Return the values that make no whole group of ``step`` (a power of two), and the middle of each group.

    Which of the two in the middle it is depends on the values as well as on the counter, so that sketches of
    different data err independently.
    """
    rest = len(ordered) % step
    median = ordered[len(ordered) // 2 :][:1].view(np.int64)
    upper = mix(int(median[0]) + compactions) % 2
    return ordered[:rest], ordered[rest + step // 2 - upper :: step]
