"""The precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.metrics import BINARY, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY


def precision(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the share of the rows answered as positive that are, 0 to 1, in each replica, ``(R,)``.

    :math:`TP / (TP + FP)`.

    0.0 where no row was answered so; NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> precision(classified([1, 1, 1, 0], [1, 1, 0, 1])).round(4).tolist()
    [0.6667]
    """
    answered = outcomes.true_positives + outcomes.false_positives
    return np.where(outcomes.rows > 0, ratio(outcomes.true_positives, answered), np.nan)
