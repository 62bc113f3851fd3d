"""The Jensen-Shannon divergence of the labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.bias.contingency import common, nowhere

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "pre_training"
DESCRIPTION = "Jensen-Shannon Divergence (JS)"
UNDEFINED = "No label is on both sides: the dataset may be too small."


def js(contingency: Contingency) -> NDArray[np.float64]:
    """Return how far the labels of both sides are from their middle, 0 to ln 2, in each replica, ``(R,)``.

    :math:`[KL(P_a, P) + KL(P_d, P)] / 2` with :math:`P = (P_a + P_d) / 2`, over the labels that both sides have.

    NaN where a side is empty, or no label is on both.

    References
    ----------
    bias.md, 5.2.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> js(Contingency.of([1, 1, 0, 0, 0, 0], [0, 1, 1, 1, 1, 0])).round(4).tolist()
    [0.0338]
    """
    shares = common(contingency)
    middle = shares.mean(1, keepdims=True)
    ratio = np.divide(shares, middle, out=np.ones_like(shares), where=middle > 0)
    return nowhere(shares, (shares * np.log(ratio)).sum((1, 2)) / 2)
