"""The Brier score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.metrics import BINARY, share

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

PROBLEMS = BINARY
BETTER = "lower"
NEEDS_SCORES = True
UNDEFINED = "Some scores are not between 0 and 1, so they are no probabilities."


def brier_score(outcomes: Outcomes) -> NDArray[np.float64]:
    r"""Return the mean squared difference of probability and truth, 0 to 1, in each replica, ``(R,)``.

    :math:`\frac1n \sum_i (p_i - y_i)^2`, y being 1 for a positive row and 0 for another.

    NaN where a score is not between 0 and 1.

    References
    ----------
    Brier: Verification of forecasts expressed in terms of probability (1950).

    Examples
    --------
    >>> from kedge.testing.outcomes import scored
    >>> brier_score(scored([1, 0, 1, 0], [0.9, 0.6, 0.4, 0.2])).round(4).tolist()
    [0.1925]
    """
    return share(outcomes.calibration.squared, outcomes.calibration.rows)
