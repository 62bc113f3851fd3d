"""The difference in accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D, apart, by_side, divide

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Accuracy Difference (AD)"


def ad(contingency: Contingency) -> NDArray[np.float64]:
    """Return how much more often the advantaged are answered rightly, -1 to 1, in each replica, ``(R,)``.

    :math:`(TP_a + TN_a) / n_a - (TP_d + TN_d) / n_d`.

    0/0 counts as 0. NaN where a side is empty.

    References
    ----------
    bias.md, 5.3.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> ad(Contingency.of([1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 1, 1, 1, 0], [1, 0, 0, 1, 1, 1, 0, 0])).tolist()
    [0.25]
    """
    n = contingency.confusion
    rate = by_side(contingency, divide(n[:, :, 0, 0] + n[:, :, 1, 1], n.sum((2, 3))))
    return apart(rate[:, A], rate[:, D])
