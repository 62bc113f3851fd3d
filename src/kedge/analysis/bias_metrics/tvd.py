"""The total variation distance of the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D, common, nowhere

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "pre_training"
DESCRIPTION = "Total Variation Distance (TVD)"
UNDEFINED = "No label is on both sides: the dataset may be too small."


def tvd(contingency: Contingency) -> NDArray[np.float64]:
    r"""Return half the sum of the differences of the shares of both sides' labels, 0 to 1, in each replica, ``(R,)``.

    :math:`\sum_y |P_a(y) - P_d(y)| / 2`, over the labels that both sides have.

    NaN where a side is empty, or no label is on both.

    References
    ----------
    bias.md, 5.2.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> tvd(Contingency.of([1, 1, 0, 0, 0, 0], [0, 1, 1, 1, 1, 0])).round(4).tolist()
    [0.25]
    """
    shares = common(contingency)
    difference = shares[:, A] - shares[:, D]
    return nowhere(shares, abs(difference).sum(1) / 2)
