"""The difference in precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D, apart, by_side, divide

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Difference in Acceptance Rates (DAR)"


def dar(contingency: Contingency) -> NDArray[np.float64]:
    """Return how much more often a positive answer is right among the advantaged, -1 to 1, in each replica, ``(R,)``.

    :math:`TP_a / (TP_a + FP_a) - TP_d / (TP_d + FP_d)`.

    0/0 counts as 0. NaN where a side is empty.

    References
    ----------
    bias.md, 5.3.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> dar(Contingency.of([1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 1, 1, 1, 0], [1, 0, 0, 1, 1, 1, 0, 0])).tolist()
    [0.5]
    """
    n = contingency.confusion
    rate = by_side(contingency, divide(n[:, :, 1, 1], n[..., 1].sum(2)))
    return apart(rate[:, A], rate[:, D])
