"""The L-p norm of the difference of the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.bias.contingency import A, D, common, nowhere

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "pre_training"
DESCRIPTION = "L-p Norm (LP)"
UNDEFINED = "No label is on both sides: the dataset may be too small."


def lp(contingency: Contingency) -> NDArray[np.float64]:
    r"""Return the Euclidean distance of both sides' shares of labels, 0 to root 2, in each replica, ``(R,)``.

    :math:`(\sum_y (P_a(y) - P_d(y))^2)^{1/2}`, over the labels that both sides have.

    NaN where a side is empty, or no label is on both.

    References
    ----------
    bias.md, 5.2.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> lp(Contingency.of([1, 1, 0, 0, 0, 0], [0, 1, 1, 1, 1, 0])).round(4).tolist()
    [0.3536]
    """
    shares = common(contingency)
    difference = shares[:, A] - shares[:, D]
    return nowhere(shares, np.sqrt((difference**2).sum(1)))
