"""The difference in the share of positive labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "pre_training"
DESCRIPTION = "Difference in Positive Proportions in Labels (DPL)"


def dpl(contingency: Contingency) -> NDArray[np.float64]:
    """Return how much more often the advantaged have a positive label, -1 to 1, in each replica, ``(R,)``.

    :math:`n_a^{(1)} / n_a - n_d^{(1)} / n_d`; 0 where both are treated alike.

    NaN where a side is empty.

    References
    ----------
    bias.md, 5.2.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> dpl(Contingency.of([1, 1, 0, 0], [0, 1, 1, 1])).tolist()
    [0.5]
    """
    positive = contingency.shares[:, :, 1]
    return positive[:, A] - positive[:, D]
