"""The difference in the share of positive answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D, share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Difference in Positive Proportions in Predicted Labels (DPPL)"


def dppl(contingency: Contingency) -> NDArray[np.float64]:
    r"""Return how much more often the advantaged are answered positively, -1 to 1, in each replica, ``(R,)``.

    :math:`\hat n_a^{(1)} / n_a - \hat n_d^{(1)} / n_d`; 0 where both are treated alike.

    NaN where a side is empty.

    References
    ----------
    bias.md, 5.3.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> dppl(Contingency.of([1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 1, 1])).tolist()
    [0.5]
    """
    n = contingency.confusion
    positive = share(n[..., 1].sum(2), n.sum((2, 3)))
    return positive[:, A] - positive[:, D]
