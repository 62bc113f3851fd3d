"""What a person looks at: curves, the confusion matrix, the figures of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.metrics import harmonic, ratio

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

    Figures = NDArray[np.float64]

POINTS: Final = 998  # and the two ends of a curve


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of a curve, in the order of descending thresholds.

    ``x`` and ``y`` are the false and the true positive rate of a ROC curve, recall and precision of the other one.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class OfClass:
    """The figures of one class; ``rows`` is how many are of it, ``predicted`` how many were answered with it."""

    rows: int
    predicted: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Interval:
    """The rows whose probability lies in one interval: what was said on average, and the share that came true."""

    start: float
    end: float
    rows: int
    said: float
    true: float


def roc(outcomes: Outcomes) -> Curve | None:
    """Return the ROC curve of the rows; None where all labels are of one class.

    One point for each distinct score, after (0, 0) and before (1, 1), as in Spark's MLlib (model-quality.md, 4.2): a
    row is positive from the threshold on. Of more than 1,000 points those that lie about evenly along the curve.

    >>> from kedge.testing.outcomes import scored
    >>> roc(scored([1, 0, 1, 0], [0.9, 0.6, 0.4, 0.2]))
    Curve(x=(0.0, 0.0, 0.5, 0.5, 1.0, 1.0), y=(0.0, 0.5, 0.5, 1.0, 1.0, 1.0))
    """
    negatives, positives = _above(outcomes)
    if not len(negatives) or not negatives[-1] or not positives[-1]:
        return None
    x, y = ([0.0, *(side / side[-1]).tolist(), 1.0] for side in (negatives, positives))
    return Curve(tuple(x), tuple(y))


def precision_recall(outcomes: Outcomes) -> Curve | None:
    """Return precision by recall; None where no label is positive.

    One point for each distinct score, after a first one with recall 0 and the precision of the first threshold.

    >>> from kedge.testing.outcomes import scored
    >>> precision_recall(scored([1, 0, 1], [0.9, 0.6, 0.4]))
    Curve(x=(0.0, 0.5, 0.5, 1.0), y=(1.0, 1.0, 0.5, 0.6666666666666666))
    """
    negatives, positives = _above(outcomes)
    if not len(positives) or not positives[-1]:
        return None
    precision = (positives / (positives + negatives)).tolist()
    return Curve((0.0, *(positives / positives[-1]).tolist()), (precision[0], *precision))


def reliability(outcomes: Outcomes) -> list[Interval]:
    """Return the intervals of the probability that hold rows; none where a score is no probability."""
    sums = outcomes.calibration
    if sums.outside[0].any():
        return []
    counts, said = sums.counts[0], sums.expected[0]
    rows, edges = counts.sum(0), sums.EDGES.tolist()
    return [
        Interval(edges[i], edges[i + 1], int(rows[i]), float(said[i] / rows[i]), float(counts[1, i] / rows[i]))
        for i in np.flatnonzero(rows).tolist()
    ]


def matrix(outcomes: Outcomes) -> dict[str, dict[str, int]]:
    """Return the confusion matrix: actual class to predicted class to count, zeros too.

    >>> from kedge.testing.outcomes import classified
    >>> matrix(classified([1, 0, 0], [1, 1, 0]))
    {'0': {'0': 1, '1': 1}, '1': {'0': 0, '1': 1}}
    """
    classes = outcomes.confusion.classes
    rows = outcomes.confusion.matrix[0].tolist()
    return {actual: dict(zip(classes, row, strict=True)) for actual, row in zip(classes, rows, strict=True)}


def per_class(outcomes: Outcomes) -> dict[str, OfClass]:
    """Return the figures of each class, the ones that are only predicted too; 0.0 where there is nothing to divide by.

    >>> from kedge.testing.outcomes import classified
    >>> per_class(classified([1, 0, 0], [1, 1, 0]))["1"]
    OfClass(rows=1, predicted=2, precision=0.5, recall=1.0, f1=0.6666666666666666)
    """
    counts = outcomes.confusion
    hits, actual, predicted = counts.hits[0], counts.actual[0], counts.predicted[0]
    precision, recall = ratio(hits, predicted), ratio(hits, actual)
    figures = np.stack([precision, recall, harmonic(precision, recall, 1)], 1).tolist()
    return {
        name: OfClass(int(rows), int(told), *found)
        for name, rows, told, found in zip(counts.classes, actual, predicted, figures, strict=True)
    }


def _above(outcomes: Outcomes) -> tuple[Figures, Figures]:
    """Return how many negative and positive rows have each score or a higher one, highest first."""
    negatives, positives = (side[0, ::-1].cumsum() for side in (outcomes.scores.negatives, outcomes.scores.positives))
    kept = _thinned(negatives, positives)
    return negatives[kept], positives[kept]


def _thinned(negatives: Figures, positives: Figures) -> NDArray[np.int64]:
    """Return the places of at most ``POINTS`` thresholds: all, or those about evenly along the ROC curve."""
    if len(negatives) <= POINTS:
        return np.arange(len(negatives))
    along = negatives / max(negatives[-1], 1) + positives / max(positives[-1], 1)
    return np.unique(np.searchsorted(along, np.linspace(along[0], along[-1], POINTS)))
