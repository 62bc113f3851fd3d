"""The ratio of the shares of positive answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import A, D, divide, share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Disparate Impact (DI)"
PARITY = 1.0


def di(contingency: Contingency) -> NDArray[np.float64]:
    r"""Return the disadvantaged's share of positive answers over the others', 0 or more, in each replica, ``(R,)``.

    :math:`(\hat n_d^{(1)} / n_d) / (\hat n_a^{(1)} / n_a)`; 1 where both are treated alike, and below 0.8 often
    called unfair.

    NaN where a side is empty; infinite where only the disadvantaged are answered positively.

    References
    ----------
    bias.md, 5.3.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> di(Contingency.of([1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 1, 1])).tolist()
    [0.5]
    """
    n = contingency.confusion
    positive = share(n[..., 1].sum(2), n.sum((2, 3)))
    return divide(positive[:, D], positive[:, A])
