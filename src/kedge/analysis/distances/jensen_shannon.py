"""The Jensen-Shannon distance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.distances import shares

if TYPE_CHECKING:
    from kedge.analysis.distances import Counts
    from kedge.analysis.profile import Feature


def jensen_shannon(baseline: Feature, window: Feature, *, categorical: bool) -> float | None:
    r"""Return the Jensen-Shannon distance, 0 (equal shares) to 1 (nothing in common).

    The root of :math:`\frac12 \sum_i p_i \log_2(p_i / m_i) + \frac12 \sum_i q_i \log_2(q_i / m_i)` over the shares
    p of the baseline and q of the window, where :math:`m_i = (p_i + q_i) / 2`. It is symmetric, and a metric.

    Numbers are counted between the baseline's deciles, categories one by one
    (:func:`~kedge.analysis.distances.counts`). A bucket that one side does not know is no difficulty.

    Small samples differ by chance: of n and m values in k buckets it is about
    :math:`\sqrt{(k - 1)(1/n + 1/m) / 5.5}` without any drift. With ten buckets the threshold 0.1 needs 500
    values; categories need 50 each.

    Returns
    -------
    float or None
        None where either side is empty; never NaN or infinite.

    References
    ----------
    Lin: Divergence measures based on the Shannon entropy (1991). Endres, Schindelin: A new metric for
    probability distributions (2003).

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> sides = (["a"] * 50 + ["b"] * 50, ["a"] * 75 + ["b"] * 25)
    >>> baseline, window = (Feature().update(column(side)) for side in sides)
    >>> round(jensen_shannon(baseline, window, categorical=True), 4)
    0.2209
    """
    found = shares(baseline, window, categorical=categorical)
    if found is None:
        return None
    p, q = found
    middle = (p + q) / 2
    divergence = sum(_divergence(side, middle) for side in (p, q)) / 2
    return math.sqrt(min(1.0, max(0.0, divergence)))


def _divergence(side: Counts, middle: Counts) -> float:
    seen = side > 0
    return float((side[seen] * np.log2(side[seen] / middle[seen])).sum())
