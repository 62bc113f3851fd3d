"""How unevenly the benefit of being answered positively is spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.bias.contingency import share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Generalized Entropy (GE)"
ONE_SIDED = True
UNDEFINED = "All predicted labels are false negatives."


def ge(contingency: Contingency) -> NDArray[np.float64]:
    r"""Return half the squared coefficient of variation of the benefits, 0 or more, in each replica, ``(R,)``.

    The benefit of a row is :math:`b_i = \hat y_i - y_i + 1`, and the value :math:`\sum_i [(b_i / \bar b)^2 - 1] /
    (2 N)`. It asks for no side: of
    every facet it is the same.

    NaN where there are no rows, or all answers are false negatives.

    References
    ----------
    bias.md, 5.3. Speicher et al.: A unified approach to quantifying algorithmic unfairness, KDD 2018.

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> ge(Contingency.of([1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1])).round(4).tolist()
    [0.25]
    """
    n = contingency.confusion.sum(1)
    rows, twice, once = n.sum((1, 2)), n[:, 0, 1], n[:, 0, 0] + n[:, 1, 1]
    mean = share(once + 2 * twice, np.where(rows > 0, rows, np.nan))
    return share(once + 4 * twice, 2 * rows * mean**2) - 0.5
