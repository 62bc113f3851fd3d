"""The Kullback-Leibler divergence of the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.bias.contingency import A, D, common, nowhere

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "pre_training"
DESCRIPTION = "Kullback-Liebler Divergence (KL)"
UNDEFINED = "No label is on both sides: the dataset may be too small."


def kl(contingency: Contingency) -> NDArray[np.float64]:
    r"""Return how far the labels of the disadvantaged are from the others', 0 or more, in each replica, ``(R,)``.

    :math:`\sum_y P_a(y) \ln (P_a(y) / P_d(y))` over the labels that both sides have: below 0 where that leaves one
    out.

    NaN where a side is empty, or no label is on both.

    References
    ----------
    bias.md, 5.2.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> kl(Contingency.of([1, 1, 0, 0, 0, 0], [0, 1, 1, 1, 1, 0])).round(4).tolist()
    [0.1308]
    """
    shares = common(contingency)
    ratio = np.divide(shares[:, A], shares[:, D], out=np.ones_like(shares[:, A]), where=shares[:, D] > 0)
    return nowhere(shares, (shares[:, A] * np.log(ratio)).sum(1))
