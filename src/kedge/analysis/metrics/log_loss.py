"""The log loss."""

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


def log_loss(outcomes: Outcomes) -> NDArray[np.float64]:
    r"""Return the mean of minus the logarithm of the probability of what came true, in nats, in each replica, ``(R,)``.

    :math:`-\frac1n \sum_i \ln(p_i \text{ if positive, else } 1 - p_i)`. Probabilities are clipped
    to 2.2e-16 from 0 and 1, as in scikit-learn, so it is between 0 and 36.04.

    NaN where a score is not between 0 and 1.

    References
    ----------
    Good: Rational decisions (1952).

    Examples
    --------
    >>> from kedge.testing.outcomes import scored
    >>> log_loss(scored([1, 0, 1, 0], [0.9, 0.6, 0.4, 0.2])).round(4).tolist()
    [0.5403]
    """
    return share(outcomes.calibration.log_loss, outcomes.calibration.rows)
