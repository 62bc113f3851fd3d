"""The weighted F1 score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import MULTICLASS, weighted_harmonic

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = MULTICLASS


def weighted_f1(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the mean F1 score of the classes, weighted by their shares, 0 to 1, in each replica, ``(R,)``.

    Of each class :math:`(1 + b^2) P R / (b^2 P + R)` with b = 1; the share is that of its actual rows.

    0.0 for a class that is never answered rightly; NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> outcomes = classified("aab", "abb", problem="MulticlassClassification")
    >>> weighted_f1(outcomes).round(4).tolist()
    [0.6667]
    """
    return weighted_harmonic(outcomes, 1)
