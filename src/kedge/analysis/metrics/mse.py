"""The mean squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import REGRESSION, share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = REGRESSION
BETTER = "lower"


def mse(outcomes: Outcomes) -> NDArray[np.float64]:
    r"""Return the mean of the squared error, in the squared unit of the label, in each replica, ``(R,)``.

    :math:`\frac1n \sum_i (\hat y_i - y_i)^2`, 0 to infinity.

    NaN without rows.

    References
    ----------
    model-quality.md, 4.2.

    Examples
    --------
    >>> from kedge.testing.outcomes import regressed
    >>> mse(regressed([1.0, 2.0, 4.0], [1.0, 3.0, 2.0])).round(4).tolist()
    [1.6667]
    """
    return share(outcomes.errors.squared, outcomes.errors.count)
