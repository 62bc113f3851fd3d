"""How few random cuts set a row apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.batch import column
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch, Column
    from kedge.analysis.scores import Scored
    from kedge.analysis.sketches.sample import Row
    from kedge.analysis.usual import Usual

NEEDS = {"sklearn": "forest"}
FEWEST_ROWS: Final = 32  # a forest of fewer knows nothing
LEAST: Final = 0.6  # from here on the paper's figures call a point anomalous


def isolation_forest(usual: Mapping[str, Usual], rows: Sequence[Row], /) -> Scored:
    """Score a row by an isolation forest, grown on the rows that the baseline keeps; 1 is its limit.

    The forest's own score is ``2**(-depth / expected depth)``, 0 to 1. It is divided by its limit: 0.6, or what
    one in a hundred of the baseline's rows exceeds where that is more. A row can stand out though each of its values
    is usual; but how far out a value is no longer counts beyond the baseline's own range.
    Values enter as robust deviations; missing ones, and features that the window lacks, as the median. The
    subsample of the paper is 256 rows, which is what a baseline keeps by default.

    Raises
    ------
    SettingError
        The baseline keeps fewer than 32 rows, or no feature has a spread.

    References
    ----------
    Liu, Ting, Zhou: Isolation forest, ICDM 2008.
    """
    from sklearn.ensemble import IsolationForest

    if len(rows) < FEWEST_ROWS or not usual:
        raise SettingError(
            f"An isolation forest grows on rows with numbers, and the baseline keeps {len(rows)} rows of"
            f" {len(usual)} such features.",
            field="score",
            next_step="Learn the baseline with --sample 256, or use --score robust.",
        )
    known = _matrix(usual, {name: column([row.get(name) for row in rows]) for name in usual}, len(rows))
    forest = IsolationForest(max_samples=min(256, len(rows)), random_state=0).fit(known)
    limit = max(LEAST, float(np.quantile(-forest.score_samples(known), 0.99)))

    def scores(batch: Batch) -> NDArray[np.float64]:
        found: NDArray[np.float64] = -forest.score_samples(_matrix(usual, batch.columns, len(batch)))
        return found / limit

    return scores


def _matrix(usual: Mapping[str, Usual], columns: Mapping[str, Column], rows: int) -> NDArray[np.float64]:
    """Return the robust deviations, ``(rows, features)``."""
    found = np.zeros((rows, len(usual)))
    for place, (name, known) in enumerate(usual.items()):
        if name in columns:
            found[:, place] = known.deviations(columns[name])
    return found
