"""The Kullback-Leibler divergence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.distances import smoothed

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def kl(baseline: Feature, window: Feature, *, categorical: bool) -> float | None:
    r"""Return the Kullback-Leibler divergence of the window from the baseline, 0 to infinity, in nats.

    :math:`\sum_i q_i \ln(q_i / p_i)` over the shares p of the baseline and q of the window. It is not
    symmetric: what only the window has counts most.

    Numbers are counted between the baseline's deciles, categories one by one
    (:func:`~kedge.analysis.distances.counts`), and half a value is added to every bucket, so that none is empty.

    Small samples differ by chance: of n and m values in k buckets it is about :math:`(k - 1)(1/n + 1/m) / 2`
    without any drift. With ten buckets the threshold 0.1 needs 200 values; categories need 20 each.

    Returns
    -------
    float or None
        None where either side is empty; never NaN or infinite.

    References
    ----------
    Kullback, Leibler: On information and sufficiency (1951).

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> sides = (["a"] * 50 + ["b"] * 50, ["a"] * 75 + ["b"] * 25)
    >>> baseline, window = (Feature().update(column(side)) for side in sides)
    >>> round(kl(baseline, window, categorical=True), 4)
    0.1275
    """
    found = smoothed(baseline, window, categorical=categorical)
    if found is None:
        return None
    p, q = found
    return max(0.0, float((q * np.log(q / p)).sum()))
