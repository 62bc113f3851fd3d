"""The flip test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Flip Test (FT)"


def ft(contingency: Contingency) -> NDArray[np.float64]:
    """Return how many more of the disadvantaged are better off than their peers than worse, in each replica, ``(R,)``.

    :math:`(F^+ - F^-) / n_d`: whoever is answered positively while most of their five nearest neighbours on the
    other side are
    not, less those of whom the opposite is true. A replica draws the disadvantaged and not their neighbours.

    NaN where there is no test: see :mod:`kedge.analysis.bias.neighbours` for its rows and their order.

    References
    ----------
    bias.md, 5.3. Black et al.: FlipTest, fairness testing via optimal transport, FAT* 2020 (the sign there is the
    opposite).

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> ft(Contingency.of([1, 0], [1, 1], [1, 1])).tolist()
    [nan]
    """
    values = contingency.flips.values
    return np.full(contingency.replicas, np.nan) if values is None else values
