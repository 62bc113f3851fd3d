"""The flip test: would one's nearest neighbours on the other side have been answered otherwise?

Of the rows with an answer and a number in every feature, those with the smallest keys take part, 5,000 before that; in
the order of their keys, which also decides among neighbours that are equally near. The service's own test takes all
rows in the order of the file, and its outcome hangs on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kedge.analysis.batch import Batch, Kind, column
from kedge.analysis.bias.bias import Answered
from kedge.analysis.bias.contingency import Flips
from kedge.analysis.bias.plan import placed
from kedge.analysis.bias.states import MISSING
from kedge.analysis.bias.tally import REPLICAS
from kedge.analysis.quality.replicas import POISSON, weights

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from numpy.typing import NDArray

    from kedge.analysis.batch import Column
    from kedge.analysis.bias.bias import Bias

    Numbers = NDArray[np.float64]
    Rows = NDArray[np.bool_]

NEIGHBOURS: Final = 5
FEW: Final = 9  # with so many neighbours or fewer, only the nearest is asked
NON_NUMERIC: Final = "FlipTest does not support non-numeric columns"
NO_ROWS: Final = "No row was kept for the flip test"
_CELLS: Final = 1 << 20


@dataclass(frozen=True)
class Sampled:
    """The rows of the flip test, and what they say."""

    bias: Bias
    batch: Batch
    told: Answered

    @classmethod
    def of(cls, bias: Bias) -> Sampled:
        """Return the rows that a sketch remembers."""
        names = list(dict.fromkeys(name for _, row in bias.sample.rows for name in row))
        columns = {name: column([row.get(name) for _, row in bias.sample.rows]) for name in names}
        batch = Batch(columns, np.array([key for key, _ in bias.sample.rows], np.uint64))
        return cls(bias, batch, Answered.of(bias.plan, batch))

    def flips(
        self, facets: Collection[str], side: Callable[[Answered], Rows], positive: Callable[[Answered], Rows]
    ) -> Flips:
        """Return the flip test of facets, given who is at a disadvantage and whose answer is positive."""
        plan = self.bias.plan
        if not len(self.batch):
            return Flips(error=NON_NUMERIC if self.bias.wordy else NO_ROWS)
        apart = {placed(name, self.batch.columns) for name in facets}
        if self.bias.wordy is not None or self.bias.worded - set(facets):
            return Flips(error=NON_NUMERIC)
        apart |= {*plan.columns(self.batch.columns).values(), *plan.excluded}
        taken = [_numbers(found) for name, found in self.batch.columns.items() if name not in apart]
        if not taken:
            return Flips(error="There is no feature for the flip test beside the facet.")
        features = np.stack(taken, 1)
        usable = (self.told.answer != MISSING) & np.isfinite(features).all(1)
        disadvantaged, answered = side(self.told), positive(self.told)
        groups = usable & ~disadvantaged, usable & disadvantaged
        if not (groups[0].any() and groups[1].any()):
            return Flips(error="No row of one side has a number in every feature, so there is no flip test.")
        votes = voted(features[groups[0]], answered[groups[0]], features[groups[1]])
        flipped = answered[groups[1]].astype(np.int64) - votes
        return Flips(_drawn(flipped, self.batch.keys[groups[1]]))


def voted(known: Numbers, answers: NDArray[Any], asked: Numbers) -> NDArray[np.bool_]:
    """Return what most of the nearest known rows say, for each row that is asked for.

    Distances are Euclidean, of features as they are. Of equally near rows the first count.

    >>> voted(np.array([[0.0], [1.0], [5.0]]), np.array([True, False, False]), np.array([[0.4], [0.6]])).tolist()
    [True, False]
    """
    k = NEIGHBOURS if len(known) > FEW else 1
    step = max(1, _CELLS // len(known))
    parts = [_votes(known, answers, asked[start : start + step], k) for start in range(0, len(asked), step)]
    return np.concatenate(parts) * 2 > k


def _votes(known: Numbers, answers: NDArray[Any], asked: Numbers, k: int) -> NDArray[np.int64]:
    distances = np.zeros((len(asked), len(known)))
    for feature in range(known.shape[1]):
        distances += (asked[:, feature, None] - known[:, feature]) ** 2
    furthest = np.partition(distances, k - 1, 1)[:, k - 1, None]
    nearer, level = distances < furthest, distances == furthest
    room = k - nearer.sum(1, keepdims=True)
    chosen = nearer | (level & (np.cumsum(level, 1) <= room))
    found: NDArray[np.int64] = (chosen & answers.astype(bool)).sum(1)
    return found


def _drawn(flipped: NDArray[np.int64], keys: NDArray[np.uint64]) -> Numbers:
    """Return the mean of the rows as they are, and of each replica."""
    drawn = np.concatenate([np.ones((1, len(keys)), np.uint8), weights(keys)[:POISSON]]).astype(np.float64)
    rows = drawn.sum(1)
    nothing: Numbers = np.full(REPLICAS, np.nan)
    found: Numbers = np.divide(drawn @ flipped, rows, out=nothing, where=rows > 0)
    return found


def _numbers(found: Column) -> Numbers:
    """Return a column's numbers, true and false as 1 and 0; NaN where there is none."""
    numeric = (found.kinds == Kind.FRACTIONAL) | (found.kinds == Kind.INTEGRAL)
    numbers = np.where(numeric, found.numbers, np.nan)
    for row in np.flatnonzero((found.kinds == Kind.BOOLEAN) | (found.kinds == Kind.STRING)).tolist():
        numbers[row] = {"true": 1.0, "false": 0.0}.get(str(found.value(row)), np.nan)
    return numbers
