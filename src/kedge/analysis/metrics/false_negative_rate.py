"""The false negative rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.metrics import BINARY, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY
BETTER = "lower"


def false_negative_rate(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the share of the positive rows that were not answered so, 0 to 1, in each replica, ``(R,)``.

    :math:`FN / (TP + FN)`.

    0.0 where no row is positive; NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> false_negative_rate(classified([1, 1, 1, 0], [1, 1, 0, 1])).round(4).tolist()
    [0.3333]
    """
    positives = outcomes.true_positives + outcomes.false_negatives
    return np.where(outcomes.rows > 0, ratio(outcomes.false_negatives, positives), np.nan)
