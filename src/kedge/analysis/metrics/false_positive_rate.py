"""The false positive rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.metrics import BINARY, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY
BETTER = "lower"


def false_positive_rate(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the share of the other rows that were answered as positive, 0 to 1, in each replica, ``(R,)``.

    :math:`FP / (FP + TN)`.

    0.0 where every row is positive; NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> false_positive_rate(classified([1, 1, 1, 0], [1, 1, 0, 1])).round(4).tolist()
    [1.0]
    """
    negatives = outcomes.false_positives + outcomes.true_negatives
    return np.where(outcomes.rows > 0, ratio(outcomes.false_positives, negatives), np.nan)
