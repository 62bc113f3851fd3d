"""Can a classifier tell the window from the baseline?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.vector_distances import p_value, permuted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.vector_distances import Vectors

MERGEABLE = False
_FOLDS = 5
_RIDGE = 0.1  # of the mean squared length: more vectors than rows to tell them apart must not end in a guess


def domain_classifier(baseline: Vectors, window: Vectors) -> tuple[float, float]:
    r"""Return the area under the ROC curve of a classifier that tells window from baseline, and its p-value.

    The classifier is linear: least squares with a ridge. Each of five folds is foretold by what is learned of the
    other four, so 0.5 says that nobody can tell, and 1 that everybody can. What is foretold is linear in the labels, so
    one solution for each fold serves every permutation of them: the p-value is the share of 1,000 ways to call the
    vectors the one's or the other's, the true one among them, whose area is as large, and exact.

    Parameters
    ----------
    baseline, window
        ``(n, d)`` and ``(m, d)``, 5 rows or more each.

    Returns
    -------
    tuple of float
        0 to 1; and 0.001 to 1.

    References
    ----------
    Lopez-Paz, Oquab: Revisiting classifier two-sample tests, ICLR 2017.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(60, 4))
    >>> area, p = domain_classifier(x[:30], x[30:] + 1)
    >>> area > 0.8, p
    (True, 0.001)
    """
    labels = permuted(len(baseline), len(window))
    scores = _foretold(np.concatenate([baseline, window]), labels)
    areas = np.array([_area(score, label) for score, label in zip(scores, labels, strict=True)])
    return float(areas[0]), p_value(areas)


def _foretold(vectors: Vectors, labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return ``(p, n)``: the score of every vector under every labelling, by a model that did not see it."""
    fold = np.random.default_rng(len(vectors)).permutation(len(vectors)) % _FOLDS
    targets, scores = np.where(labels, 1.0, -1.0), np.empty(labels.shape)
    for place in range(_FOLDS):
        held, seen = fold == place, fold != place
        middle = vectors[seen].mean(0)
        known, asked = vectors[seen] - middle, vectors[held] - middle
        told = targets[:, seen]
        scores[:, held] = _ridge(known, asked, told - told.mean(1, keepdims=True))
    return np.round(scores, 10)  # equal vectors have equal scores


def _ridge(known: Vectors, asked: Vectors, targets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what least squares with a ridge foretell, by the fewer equations: one a vector, or one a number of it."""
    ridge = _RIDGE * float(np.square(known).sum() / len(known)) or 1.0
    if known.shape[1] < len(known):
        return targets @ known @ np.linalg.solve(known.T @ known + ridge * np.eye(known.shape[1]), asked.T)
    return targets @ np.linalg.solve(known @ known.T + ridge * np.eye(len(known)), known @ asked.T)


def _area(scores: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the probability that a vector of the window has the higher score; equal ones count half."""
    theirs, ours = np.sort(scores[labels]), np.sort(scores[~labels])  # sorted ones are found in half of the time
    below, up_to = np.searchsorted(theirs, ours, "left"), np.searchsorted(theirs, ours, "right")
    return float(1 - (below + up_to).mean() / (2 * len(theirs)))
