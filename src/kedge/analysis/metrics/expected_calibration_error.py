"""The expected calibration error."""

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


def expected_calibration_error(outcomes: Outcomes) -> NDArray[np.float64]:
    r"""Return how far probabilities are from what comes true, 0 to 1, in each replica, ``(R,)``.

    :math:`\sum_b \frac{n_b}{n} |\bar p_b - \bar y_b|` over ten intervals of equal width: the mean difference of the
    probability that was said and the share that came true. An upper edge belongs to its interval.

    NaN where a score is not between 0 and 1.

    References
    ----------
    Naeini, Cooper, Hauskrecht: Obtaining well calibrated probabilities using Bayesian binning (2015).

    Examples
    --------
    >>> from kedge.testing.outcomes import scored
    >>> expected_calibration_error(scored([1, 0, 1, 0], [0.9, 0.6, 0.4, 0.2])).round(4).tolist()
    [0.375]
    """
    sums = outcomes.calibration
    return share(abs(sums.expected - sums.counts[:, 1]).sum(1), sums.rows)
