"""The Hellinger distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.distances import shares

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def hellinger(baseline: Feature, window: Feature, *, categorical: bool) -> float | None:
    r"""Return the Hellinger distance, 0 (equal shares) to 1 (nothing in common).

    :math:`\sqrt{\frac12 \sum_i (\sqrt{p_i} - \sqrt{q_i})^2}` over the shares p of the baseline and q of the window. It
    is symmetric, and a metric.

    Numbers are counted between the baseline's deciles, categories one by one
    (:func:`~kedge.analysis.distances.counts`). A bucket that one side does not know is no difficulty.

    Small samples differ by chance: of n and m values in k buckets it is about
    :math:`\sqrt{(k - 1)(1/n + 1/m) / 8}` without any drift. With ten buckets the threshold 0.1 needs 500
    values; categories need 50 each.

    Returns
    -------
    float or None
        None where either side is empty; never NaN or infinite.

    References
    ----------
    Hellinger: Neue Begründung der Theorie quadratischer Formen von unendlichvielen Veränderlichen (1909).

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> sides = (["a"] * 50 + ["b"] * 50, ["a"] * 75 + ["b"] * 25)
    >>> baseline, window = (Feature().update(column(side)) for side in sides)
    >>> round(hellinger(baseline, window, categorical=True), 4)
    0.1846
    """
    found = shares(baseline, window, categorical=categorical)
    if found is None:
        return None
    p, q = found
    return min(1.0, float(np.linalg.norm(np.sqrt(p) - np.sqrt(q))) / 2**0.5)
