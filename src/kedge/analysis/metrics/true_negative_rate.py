"""The true negative rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import BINARY
from kedge.analysis.metrics.false_positive_rate import false_positive_rate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY


def true_negative_rate(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the share of the other rows that were not answered as positive, 0 to 1, in each replica, ``(R,)``.

    :math:`1 - FP / (FP + TN)`, as the service takes it.

    1.0 where every row is positive; NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> true_negative_rate(classified([1, 1, 1, 0], [1, 1, 0, 1])).round(4).tolist()
    [0.0]
    """
    return 1 - false_positive_rate(outcomes)
