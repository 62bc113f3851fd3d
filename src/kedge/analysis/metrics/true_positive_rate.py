"""The true positive rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import BINARY
from kedge.analysis.metrics.recall import recall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY


def true_positive_rate(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the share of the positive rows that were answered so, 0 to 1, in each replica, ``(R,)``.

    The recall, under the name that it has beside the other rates.

    0.0 where no row is positive; NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> true_positive_rate(classified([1, 1, 1, 0], [1, 1, 0, 1])).round(4).tolist()
    [0.6667]
    """
    return recall(outcomes)
