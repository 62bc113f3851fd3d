"""How far the vectors of a window are from those of a baseline, and what chance alone would do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.vector_distances import FEWEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.embeddings.directions import Directions
    from kedge.analysis.vector_distances import VectorDistance


def similarity(baseline: Directions, window: Directions) -> float:
    """Return the mean cosine of a row of the window and one of the baseline, -1 to 1, over all pairs.

    The proof is with :class:`~kedge.analysis.embeddings.directions.Directions`.
    """
    return float(baseline.mean @ window.mean)


def similarity_deviation(baseline: Directions, window: Directions) -> float:
    """Return the standard deviation of :func:`similarity` from the window's replicas, the baseline being what it is."""
    return float((window.means @ baseline.mean).std(ddof=1))


def row_deviation(baseline: Directions) -> float:
    """Return the standard deviation of a single row's mean cosine with the baseline, from the baseline's replicas."""
    return similarity_deviation(baseline, baseline) * math.sqrt(baseline.count)


def similarity_chance(baseline: Directions, window: Directions) -> float:
    r"""Return the standard deviation that chance gives the similarity of a healthy window of this size.

    :math:`\sqrt{s^2 / N + \max(s^2 / n, s_w^2)}`, where s is that of a row of the baseline (:func:`row_deviation`) and
    :math:`s_w` what the window's own replicas say: of a few rows these say too little, and s alone would not know of
    a window that varies more.
    """
    row = row_deviation(baseline)
    own = similarity_deviation(baseline, window)
    return math.sqrt(row**2 / baseline.count + max(row**2 / window.count, own**2))


def distance(baseline: Directions, window: Directions) -> float:
    """Return how far the two mean unit vectors are apart, 0 to 2: a change in any direction, also to more similar."""
    return float(np.linalg.norm(window.mean - baseline.mean))


def distance_chance(baseline: Directions, window: Directions, z: float) -> float:
    r"""Return the distance that a healthy window of this size exceeds with the probability :math:`\Phi(-z)`.

    Its square is a sum of squares of normal numbers, nearly a gamma distribution: of mean
    :math:`(1 - |m|^2) (1/N + 1/n)`, of the variation that the baseline's replicas have, and with the quantile of Wilson
    and Hilferty. By the triangle inequality a true distance of t is measured as at most t and this together.
    """
    mean = baseline.spread**2 * (1 / baseline.count + 1 / window.count)
    apart = ((baseline.means - baseline.mean) ** 2).sum(1)
    if not mean or not apart.any():
        return math.sqrt(mean)
    ninth = float(apart.var(ddof=1) / apart.mean() ** 2) / 9
    return math.sqrt(mean * max(0.0, 1 - ninth + z * math.sqrt(ninth)) ** 3)


def tests(
    baseline: Directions, window: Directions, items: Mapping[str, VectorDistance]
) -> dict[str, tuple[float, float]]:
    """Return the value and the p-value of every test on the sampled rows; nothing where a side has fewer than 20."""
    if min(len(baseline.sample), len(window.sample)) < FEWEST:
        return {}
    sides = [side.sample.astype(np.float64) for side in (baseline, window)]
    return {name: test(*sides) for name, test in items.items()}


def share_chance(baseline: tuple[int, int], window: tuple[int, int]) -> float:
    """Return the standard deviation of the difference of two shares that are truly one; each is hits of rows."""
    hits, rows = baseline
    share = (hits + 1) / (rows + 2)
    return math.sqrt(share * (1 - share) * (1 / max(rows, 1) + 1 / max(window[1], 1)))
