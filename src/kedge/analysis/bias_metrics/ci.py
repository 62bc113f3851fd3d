"""How many more are on the one side than on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.bias.contingency import A, D

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "pre_training"
DESCRIPTION = "Class Imbalance (CI)"


def ci(contingency: Contingency) -> NDArray[np.float64]:
    """Return how much larger the advantaged side is, -1 to 1, in each replica, ``(R,)``.

    :math:`(n_a - n_d) / (n_a + n_d)`; 0 where both are as large.

    NaN where a side is empty.

    References
    ----------
    bias.md, 5.2.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> ci(Contingency.of([1, 0, 0, 0], [1, 1, 1, 0])).tolist()
    [0.5]
    """
    n = contingency.rows
    whole = np.where((n > 0).all(1), n.sum(1), np.nan)
    return (n[:, A] - n[:, D]) / whole
