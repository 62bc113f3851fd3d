"""The population stability index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.distances import smoothed

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def psi(baseline: Feature, window: Feature, *, categorical: bool) -> float | None:
    r"""Return the population stability index, 0 (equal shares) to infinity, without a unit.

    :math:`\sum_i (q_i - p_i) \ln(q_i / p_i)` over the shares p of the baseline and q of the window: the
    Kullback-Leibler divergences of both directions together.

    Numbers are counted between the baseline's deciles, categories one by one
    (:func:`~kedge.analysis.distances.counts`), and half a value is added to every bucket, so that none is empty.

    Small samples differ by chance: of n and m values in k buckets it is about :math:`(k - 1)(1/n + 1/m)` without
    any drift. With ten buckets the customary threshold 0.1 needs 500 values and 0.2 needs 200; categories need
    50 values each.

    Returns
    -------
    float or None
        None where either side is empty; never NaN or infinite.

    References
    ----------
    Siddiqi: Credit risk scorecards (2006). Yurdakul: Statistical properties of the population stability
    index (2018).

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> sides = (["a"] * 50 + ["b"] * 50, ["a"] * 75 + ["b"] * 25)
    >>> baseline, window = (Feature().update(column(side)) for side in sides)
    >>> round(psi(baseline, window, categorical=True), 4)
    0.2674
    """
    found = smoothed(baseline, window, categorical=categorical)
    if found is None:
        return None
    p, q = found
    return float(((q - p) * np.log(q / p)).sum())
