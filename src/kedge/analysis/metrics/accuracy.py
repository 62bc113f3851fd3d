"""The accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import CLASSES, share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = CLASSES


def accuracy(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the share of the rows that were answered rightly, 0 to 1, in each replica, ``(R,)``.

    In a binary problem all classes that are not positive are one. NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> accuracy(classified([1, 1, 1, 0], [1, 1, 0, 1])).round(4).tolist()
    [0.5]
    """
    hits = outcomes.confusion.hits.sum(1)
    if outcomes.problem == "BinaryClassification":
        hits = outcomes.true_positives + outcomes.true_negatives
    return share(hits, outcomes.rows)
