"""The disparity of labels within groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.bias.contingency import disparity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.bias.contingency import Contingency

STAGE = "pre_training"
DESCRIPTION = "Conditional Demographic Disparity in Labels (CDDL)"
GROUPED = True
UNDEFINED = "Nobody is accepted, or nobody is rejected."


def cddl(contingency: Contingency) -> NDArray[np.float64]:
    r"""Return the conditional demographic disparity of the labels, -1 to 1, in each replica, ``(R,)``.

    :math:`\sum_g n_g (D_g - A_g) / \sum_g n_g`, with the share of the disadvantaged among the negative labels of a
    group and
    among the positive ones: above 0 they are more of the rejected than of the accepted.

    NaN where a side is empty, or all labels are positive, or all negative. Rows without a group do not count.

    References
    ----------
    bias.md, 5.2. Das et al.: Fairness measures for machine learning in finance (2021). Wachter et al.: Why fairness
    cannot be automated (2020).

    Examples
    --------
    >>> from kedge.analysis.bias.contingency import Contingency
    >>> cddl(Contingency.of([1, 1, 0, 0], [0, 1, 1, 1], group=[1, 1, 1, 1])).round(4).tolist()
    [0.6667]
    """
    return disparity(contingency.labelled[:, contingency.strata])
