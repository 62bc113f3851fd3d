"""The difference in how often a rejection is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D, apart, by_side, divide

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Difference in Rejection Rates (DRR)"


def drr(contingency: Contingency) -> NDArray[np.float64]:
    """Return how much more often a rejection is right among the disadvantaged, -1 to 1, in each replica, ``(R,)``.

    :math:`TN_d / (TN_d + FN_d) - TN_a / (TN_a + FN_a)`.

    0/0 counts as 0. NaN where a side is empty.

    References
    ----------
    bias.md, 5.3.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> drr(Contingency.of([1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 1, 1, 1, 0], [1, 0, 0, 1, 1, 1, 0, 0])).tolist()
    [0.0]
    """
    n = contingency.confusion
    rate = by_side(contingency, divide(n[:, :, 0, 0], n[..., 0].sum(2)))
    return apart(rate[:, D], rate[:, A])
