"""The disparity of answers within groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import disparity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "post_training"
DESCRIPTION = "Conditional Demographic Disparity in Predicted Labels (CDDPL)"
GROUPED = True
UNDEFINED = "Nobody is accepted, or nobody is rejected."


def cddpl(contingency: Contingency) -> NDArray[np.float64]:
    r"""Return the conditional demographic disparity of the answers, -1 to 1, in each replica, ``(R,)``.

    :math:`\sum_g n_g (D_g - A_g) / \sum_g n_g`, with the share of the disadvantaged among the negative answers of a
    group and
    among the positive ones.

    NaN where a side is empty, or all answers are positive, or all negative. Rows without a group do not count.

    References
    ----------
    bias.md, 5.3. Das et al.: Fairness measures for machine learning in finance (2021). Wachter et al.: Why fairness
    cannot be automated (2020).

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> cddpl(Contingency.of([1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 1, 1], [1, 1, 1, 1])).round(4).tolist()
    [0.6667]
    """
    return disparity(contingency.answered[:, contingency.strata].sum(3))
