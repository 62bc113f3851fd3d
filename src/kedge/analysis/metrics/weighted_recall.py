"""The weighted recall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import MULTICLASS, share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = MULTICLASS


def weighted_recall(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the mean recall of the classes, weighted by their shares, 0 to 1, in each replica, ``(R,)``.

    The share is that of a class's actual rows, so this is the accuracy.

    NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> weighted_recall(classified("aab", "abb", problem="MulticlassClassification")).round(4).tolist()
    [0.6667]
    """
    return share(outcomes.confusion.hits.sum(1), outcomes.rows)
