"""The recall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.metrics import BINARY, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY


def recall(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the share of the positive rows that were answered so, 0 to 1, in each replica, ``(R,)``.

    :math:`TP / (TP + FN)`.

    0.0 where no row is positive; NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> recall(classified([1, 1, 1, 0], [1, 1, 0, 1])).round(4).tolist()
    [0.6667]
    """
    positives = outcomes.true_positives + outcomes.false_negatives
    return np.where(outcomes.rows > 0, ratio(outcomes.true_positives, positives), np.nan)
