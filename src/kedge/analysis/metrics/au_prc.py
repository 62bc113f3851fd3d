"""The area under the precision-recall curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.metrics import BINARY, ratio, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY
NEEDS_SCORES = True
UNDEFINED = "No label is positive."


def au_prc(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the area under the precision-recall curve, 0 to 1, in each replica, ``(R,)``.

    The trapezoid rule over the points (recall, precision) of all thresholds, descending, after a first point with
    recall 0 and the precision of the first threshold, as in Spark's MLlib. That is not scikit-learn's average
    precision, which takes steps instead of slopes and is a little lower.

    NaN where no label is positive.

    References
    ----------
    Davis, Goadrich: The relationship between precision-recall and ROC curves (2006).

    Examples
    --------
    >>> from kedge.testing.outcomes import scored
    >>> au_prc(scored([1, 0, 1, 0], [0.9, 0.6, 0.4, 0.2])).round(4).tolist()
    [0.7917]
    """
    positives, negatives = (side[:, ::-1].cumsum(1) for side in (outcomes.scores.positives, outcomes.scores.negatives))
    if not positives.shape[1]:
        return np.full(len(positives), np.nan)
    precision, recall = ratio(positives, positives + negatives), share(positives, positives[:, -1:])
    precision, recall = (
        np.concatenate([first, rest], 1) for first, rest in ((precision[:, :1], precision), (0 * recall[:, :1], recall))
    )
    area: NDArray[np.float64] = (np.diff(recall) * (precision[:, 1:] + precision[:, :-1]) / 2).sum(1)
    return area
