"""The weighted precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import MULTICLASS, ratio, share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = MULTICLASS


def weighted_precision(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the mean precision of the classes, weighted by their shares, 0 to 1, in each replica, ``(R,)``.

    The share is that of a class's actual rows.

    0.0 for a class that was never answered; NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> weighted_precision(classified("aab", "abb", problem="MulticlassClassification")).round(4).tolist()
    [0.8333]
    """
    hits, actual, predicted = (getattr(outcomes.confusion, name) for name in ("hits", "actual", "predicted"))
    return share((actual * ratio(hits, predicted)).sum(1), outcomes.rows)
