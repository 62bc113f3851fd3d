"""The F0.5 score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import BINARY, harmonic
from kedge.analysis.metrics.precision import precision
from kedge.analysis.metrics.recall import recall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY


def f0_5(outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the harmonic mean that weighs precision twice as much as recall, 0 to 1, in each replica, ``(R,)``.

    :math:`F_b = (1 + b^2) P R / (b^2 P + R)` with b = 0.5.

    0.0 where precision and recall are; NaN without rows.

    References
    ----------
    model-quality.md, 4.2. van Rijsbergen: Information retrieval (1979).

    Examples
    --------
    >>> from kedge.testing.outcomes import classified
    >>> f0_5(classified([1, 1, 1, 0], [1, 1, 0, 1])).round(4).tolist()
    [0.6667]
    """
    return harmonic(precision(outcomes), recall(outcomes), 0.5)
