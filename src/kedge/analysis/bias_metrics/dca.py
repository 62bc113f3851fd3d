"""How many labels stand behind a positive answer, on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D, apart, by_side, divide

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Difference in Conditional Acceptance (DCA)"


def dca(contingency: Contingency) -> NDArray[np.float64]:
    r"""Return how many more positive labels a positive answer has among the advantaged, in each replica, ``(R,)``.

    :math:`n_a^{(1)} / \hat n_a^{(1)} - n_d^{(1)} / \hat n_d^{(1)}`, any number.

    0/0 counts as 0, what is divided by 0 as infinite, and equal infinities do not differ. NaN where a side is
    empty.

    References
    ----------
    bias.md, 5.3.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> dca(Contingency.of([1, 1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 0, 1, 1, 1, 0], [1, 0, 0, 1, 1, 1, 0, 0])).tolist()
    [0.5]
    """
    n = contingency.confusion
    rate = by_side(contingency, divide(n[:, :, 1].sum(2), n[..., 1].sum(2)))
    return apart(rate[:, A], rate[:, D])
