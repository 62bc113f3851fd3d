"""How errors are mixed, on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D, apart, by_side, divide

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Treatment Equality (TE)"


def te(contingency: Contingency) -> NDArray[np.float64]:
    """Return how many more wrong rejections come to a wrong acceptance on the other side, in each replica, ``(R,)``.

    :math:`FN_d / FP_d - FN_a / FP_a`, any number.

    0/0 counts as 0, what is divided by 0 as infinite, and equal infinities do not differ. NaN where a side is
    empty.

    References
    ----------
    bias.md, 5.3.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> te(Contingency.of([1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0], [0, 0, 1, 0, 1, 1])).tolist()
    [1.5]
    """
    n = contingency.confusion
    rate = by_side(contingency, divide(n[:, :, 1, 0], n[:, :, 0, 1]))
    return apart(rate[:, D], rate[:, A])
