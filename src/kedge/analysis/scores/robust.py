"""How far out the farthest value of a row is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch
    from kedge.analysis.scores import Scored
    from kedge.analysis.sketches.sample import Row
    from kedge.analysis.usual import Usual


def robust(usual: Mapping[str, Usual], _: Sequence[Row], /) -> Scored:
    """Score a row by its value that is farthest out, where 1 is the farthest usual one.

    ``max |x - median| / |bound - median|`` over the values outside of their bounds, 0 where all are usual; so a
    row stands out exactly where one of its values does. Features count alike, whatever their unit or their tails.
    The baseline's rows are not needed.
    Reference: Iglewicz, Hoaglin: How to detect and handle outliers, ASQC 1993.

    >>> from kedge.analysis.batch import Batch, column
    >>> from kedge.analysis.usual import Usual
    >>> usual = {"age": Usual(median=40, spread=10, low=-20, high=100, values=1000, share=0.0)}
    >>> robust(usual, ())(Batch({"age": column([30, 160, None])}, np.arange(3, dtype=np.uint64)))
    array([0., 2., 0.])
    """

    def scores(batch: Batch) -> NDArray[np.float64]:
        largest = np.zeros(len(batch))
        for name in usual.keys() & batch.columns.keys():
            column = batch.columns[name]
            out = usual[name].outside(column)
            largest[out] = np.maximum(largest[out], usual[name].excess(column.taken(out)))
        return largest

    return scores
