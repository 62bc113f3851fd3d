"""The area under the ROC curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import BINARY, share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY
NEEDS_SCORES = True
UNDEFINED = "All labels are of one class."


def auc(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the area under the ROC curve, 0 to 1, in each replica, ``(R,)``.

    The share of the pairs of a positive and another row that the scores put in order, equal scores counting half: the
    trapezoid rule over the points of all thresholds. Read from the score histogram, so exact while it is, and
    otherwise within its ``bound``.

    NaN where all labels are of one class.

    References
    ----------
    model-quality.md, 4.2. Hanley, McNeil: The meaning and use of the area under a ROC curve (1982).

    Examples
    --------
    >>> from kedge.testing.outcomes import scored
    >>> auc(scored([1, 0, 1, 0], [0.9, 0.6, 0.4, 0.2])).round(4).tolist()
    [0.75]
    """
    negatives, positives = outcomes.scores.negatives, outcomes.scores.positives
    below = negatives.cumsum(1) - negatives / 2
    return share((positives * below).sum(1), positives.sum(1) * negatives.sum(1))
