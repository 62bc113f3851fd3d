"""What is usual of a feature, and how far from it a value is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from kedge.analysis.batch import Kind
from kedge.analysis.statistics.quantile import quantile
from kedge.analysis.statistics.spread import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.batch import Column
    from kedge.analysis.profile import Feature

LIMIT = 6.0
RARE = 0.0005  # on either side, so that all but one in a thousand of the baseline's values are usual
FARTHEST = 1e9  # what is farther, infinity above all, is said to be so far


@dataclass(frozen=True, slots=True)
class Usual:
    """The values that a feature usually has: those from ``low`` to ``high``.

    A value outside is more than ``limit`` robust deviations from the median, *and* beyond the central 99.9 % of the
    baseline's values. The first alone would accuse one in thirty of a log-normal feature, the second alone one in a
    thousand of any.

    Attributes
    ----------
    median, spread
        The baseline's median and its robust standard deviation, in the feature's unit.
    low, high
        The farthest usual values.
    values
        How many finite numbers the baseline has.
    share
        At most this share of them, 0 to 1, lies outside; exact while the baseline's sketch holds every value.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> usual = Usual.of(Feature().update(column(range(1, 100))))
    >>> usual.low, usual.high, usual.share
    (-172.39, 272.39, 0.0)
    >>> seen = column([50, None, 1000])
    >>> usual.outside(seen), usual.deviations(seen).round(1), usual.excess(seen).round(1)
    (array([2]), array([ 0. ,  0. , 25.6]), array([0. , 0. , 4.3]))
    """

    median: float
    spread: float
    low: float
    high: float
    values: int
    share: float

    @classmethod
    def of(cls, feature: Feature, limit: float = LIMIT) -> Self | None:
        """Return what is usual of a feature; None where it has no spread, as a constant column has none."""
        median, width = quantile(feature, 0.5), spread(feature)
        least, most = quantile(feature, RARE), quantile(feature, 1 - RARE)
        if median is None or width is None or least is None or most is None:
            return None
        low, high = min(median - limit * width, least), max(median + limit * width, most)
        if not (math.isfinite(low) and math.isfinite(high)):
            return None
        # With both bounds at the baseline's farthest values a new one has two of them to be beyond, not one.
        values, both = feature.kll.count, low == least and high == most
        share = min(1.0, _share_outside(feature, low, high) + both / values)
        return cls(median, width, low, high, values, share)

    def outside(self, column: Column) -> NDArray[np.int64]:
        """Return the rows whose number is not usual; infinite ones never are."""
        ordered = column.ordered
        quiet = not column.infinite and (not len(ordered) or (ordered[0] >= self.low and ordered[-1] <= self.high))
        if quiet:  # the sketches have sorted the column: to look at both ends is all that most columns cost
            return np.empty(0, np.int64)
        rows = np.concatenate([np.flatnonzero(column.numbers < self.low), np.flatnonzero(column.numbers > self.high)])
        rows.sort()
        return rows[_numeric(column.taken(rows))]

    def deviations(self, column: Column) -> NDArray[np.float64]:
        """Return how many robust deviations each number is from the median, signed; 0 where there is none."""
        return np.clip(self._apart(column) / self.spread, -FARTHEST, FARTHEST)

    def excess(self, column: Column) -> NDArray[np.float64]:
        """Return how far out each number is, where 0 is the median and 1 the farthest usual one of its side."""
        apart = self._apart(column)
        return np.minimum(
            np.abs(apart) / np.where(apart < 0, self.median - self.low, self.high - self.median), FARTHEST
        )

    def _apart(self, column: Column) -> NDArray[np.float64]:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.where(_numeric(column), column.numbers - self.median, 0.0)


def _numeric(column: Column) -> NDArray[np.bool_]:
    numeric: NDArray[np.bool_] = (column.kinds == Kind.FRACTIONAL) | (column.kinds == Kind.INTEGRAL)
    return numeric


def _share_outside(feature: Feature, low: float, high: float) -> float:
    """Return at most which share of a feature's numbers is outside: by the better of its two sketches."""
    least, most, kll = feature.extremes.min, feature.extremes.max, feature.kll
    if least is not None and most is not None and low <= least and most <= high:
        return 0.0
    share = float(kll.cdf(np.array([low]), inclusive=False)[0] + 1 - kll.cdf(np.array([high]))[0])
    if len(kll.levels) == 1:
        return share
    by_rank = share + kll.RANK_ERROR
    return min(by_rank, feature.tail.outside(low, high) / kll.count) if feature.tail.count else by_rank
