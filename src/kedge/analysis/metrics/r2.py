"""The coefficient of determination."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.metrics import REGRESSION, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

_ROUNDING = 1e-15  # of the mean of equal labels, beside which they would seem to differ
PROBLEMS = REGRESSION
UNDEFINED = "All labels are equal."


def r2(outcomes: Outcomes) -> NDArray[np.float64]:
    r"""Return the share of the label's variance that the predictions explain, up to 1, in each replica, ``(R,)``.

    :math:`1 - \sum_i (\hat y_i - y_i)^2 / \sum_i (y_i - \bar y)^2`. Below 0 the mean label
    would be the better prediction.

    NaN where all labels are equal.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import regressed
    >>> r2(regressed([1.0, 2.0, 4.0], [1.0, 3.0, 2.0])).round(4).tolist()
    [-0.0714]
    """
    found = outcomes.errors
    noise = found.count * (_ROUNDING * found.mean) ** 2
    return 1 - share(found.squared, np.where(found.m2 > noise, found.m2, 0.0))
