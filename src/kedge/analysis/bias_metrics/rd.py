"""The difference in recall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D, apart, by_side, divide

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Recall Difference (RD)"


def rd(contingency: Contingency) -> NDArray[np.float64]:
    """Return how much more of their positive labels the advantaged are granted, -1 to 1, in each replica, ``(R,)``.

    :math:`TP_a / (TP_a + FN_a) - TP_d / (TP_d + FN_d)`: equal opportunity is 0.

    0/0 counts as 0. NaN where a side is empty.

    References
    ----------
    bias.md, 5.3.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> rd(Contingency.of([1, 1, 0, 0, 0], [1, 1, 1, 1, 0], [1, 0, 1, 1, 0])).tolist()
    [0.5]
    """
    n = contingency.confusion
    rate = by_side(contingency, divide(n[:, :, 1, 1], n[:, :, 1].sum(2)))
    return apart(rate[:, A], rate[:, D])
