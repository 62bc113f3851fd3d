"""The Matthews correlation coefficient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.metrics import CLASSES, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = CLASSES


def mcc(outcomes: Outcomes) -> NDArray[np.float64]:
    r"""Return the correlation of label and prediction, -1 to 1, in each replica, ``(R,)``.

    :math:`(c n - \sum_k t_k p_k) / \sqrt{(n^2 - \sum_k p_k^2)(n^2 - \sum_k t_k^2)}` with c rows answered rightly of n,
    and t and p the rows of each class and answered with it. In a binary problem all classes that are not positive are
    one. Unlike accuracy it is 0 for whoever always gives one answer, however often that is right.

    0.0 where all labels or all answers are of one class; NaN without rows.

    References
    ----------
    Matthews (1975). Gorodkin: Comparing two K-category assignments by a K-category correlation coefficient (2004).

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> mcc(classified([1, 1, 1, 0], [1, 1, 0, 1])).round(4).tolist()
    [-0.3333]
    """
    counts = outcomes.confusion
    hits, actual, predicted = counts.hits.sum(1), counts.actual, counts.predicted
    if outcomes.problem == "BinaryClassification":
        told = outcomes.true_positives
        hits = told + outcomes.true_negatives
        actual = _both(told + outcomes.false_negatives, outcomes.rows)
        predicted = _both(told + outcomes.false_positives, outcomes.rows)
    n = np.where(outcomes.rows > 0, outcomes.rows, np.nan)
    spread = np.sqrt((n**2 - (predicted**2).sum(1)) * (n**2 - (actual**2).sum(1)))
    return ratio(hits * n - (actual * predicted).sum(1), spread)


def _both(positive: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([positive, rows - positive], 1)
