"""The root of the mean squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.metrics import REGRESSION
from kedge.analysis.metrics.mse import mse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = REGRESSION
BETTER = "lower"


def rmse(outcomes: Outcomes) -> NDArray[np.float64]:
    r"""Return the root of the mean squared error, in the unit of the label, in each replica, ``(R,)``.

    :math:`\sqrt{\frac1n \sum_i (\hat y_i - y_i)^2}`, 0 to infinity.

    NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import regressed
    >>> rmse(regressed([1.0, 2.0, 4.0], [1.0, 3.0, 2.0])).round(4).tolist()
    [1.291]
    """
    return np.sqrt(mse(outcomes))
