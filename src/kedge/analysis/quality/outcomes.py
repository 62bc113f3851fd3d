"""All that metrics are read from: what is remembered of labels and answers, in R replicas of the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from kedge.analysis.quality.calibration import Calibration
from kedge.analysis.quality.confusion import Confusion
from kedge.analysis.quality.errors import Errors
from kedge.analysis.quality.scores import Scores, score_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.quality.answers import Answers
    from kedge.domain.roles import Problem, Roles

    Figures = NDArray[np.float64]

PARTS: Final[dict[Problem, tuple[str, ...]]] = {
    "Regression": ("errors",),
    "BinaryClassification": ("confusion", "scores", "calibration"),
    "MulticlassClassification": ("confusion",),
}
_READ: Final[dict[str, Any]] = {"errors": Errors, "confusion": Confusion, "scores": Scores, "calibration": Calibration}


@dataclass(frozen=True)
class Outcomes:
    """What is remembered of labels and answers, in R replicas; every array has R as its first axis.

    Attributes
    ----------
    problem, positive
        What was solved, and the positive class of a binary problem.
    confusion
        The counts of classes; empty in a regression.
    scores, calibration
        The histogram of the scores by label, and what they say as probabilities; empty where there are none.
    errors
        The moments of the errors; empty where the problem is not a regression.
    """

    problem: Problem
    positive: str
    confusion: Confusion
    scores: Scores
    calibration: Calibration
    errors: Errors

    @classmethod
    def nothing(cls, roles: Roles, replicas: int, bins: int) -> Self:
        """Return what was not seen yet; ``bins`` limits the histogram of the scores."""
        return cls(
            roles.problem,
            roles.positive,
            Confusion(np.zeros((replicas, 0), np.int64)),
            Scores(bins, np.zeros((replicas, 2, 0), np.int64)),
            Calibration.nothing(replicas),
            Errors.nothing(replicas),
        )

    def update(self, answers: Answers, weights: NDArray[np.uint8]) -> Self:
        """Return what was seen with further rows, ``(n,)``, that count ``(R, n)`` times."""
        if not weights.shape[1]:
            return self
        if self.problem == "Regression":
            kept, w = _kept(~np.isnan(answers.actual + answers.predicted), answers, weights)
            return replace(self, errors=self.errors.merge(Errors.of(w, kept.actual, kept.predicted)))
        kept, w = _kept(answers.labelled & answers.answered, answers, weights)
        confusion = Confusion.of(w, kept.actual, kept.predicted, kept.classes)
        seen = replace(self, confusion=self.confusion.merge(confusion))
        return seen._scored(answers, weights) if self.problem == "BinaryClassification" else seen

    def _scored(self, answers: Answers, weights: NDArray[np.uint8]) -> Self:
        kept, weights = _kept(answers.labelled & ~np.isnan(answers.scores), answers, weights)
        if not len(kept.scores):
            return self
        place = kept.classes.index(self.positive) if self.positive in kept.classes else len(kept.classes)
        positive = kept.actual == place
        scores = Scores.of(weights, score_keys(kept.scores), positive, self.scores.limit)
        calibration = Calibration.of(weights, kept.scores, positive)
        return replace(self, scores=self.scores.merge(scores), calibration=self.calibration.merge(calibration))

    def merge(self, other: Self) -> Self:
        """Return what either has seen."""
        return replace(self, **{part: getattr(self, part).merge(getattr(other, part)) for part in PARTS[self.problem]})

    def part(self, replicas: slice) -> Self:
        """Return some of the replicas."""
        return replace(self, **{part: getattr(self, part).part(replicas) for part in _READ})

    def constant(self, answer: str) -> Self:
        """Return the outcomes of a classifier that always gives one answer."""
        return replace(self, confusion=self.confusion.constant(answer))

    @property
    def replicas(self) -> int:
        """R."""
        return len(self.errors.count)

    @property
    def rows(self) -> Figures:
        """How many rows have a label and an answer, ``(R,)``."""
        return self.errors.count if self.problem == "Regression" else self.confusion.total

    @property
    def scored(self) -> Figures:
        """How many rows have a label and a score, ``(R,)``."""
        total: Figures = self.scores.counts.sum((1, 2)).astype(np.float64)
        return total

    @property
    def true_positives(self) -> Figures:
        """Positive rows that were answered so, ``(R,)``."""
        return self._of_positive(self.confusion.hits)

    @property
    def false_positives(self) -> Figures:
        """Other rows that were answered as positive, ``(R,)``."""
        return self._of_positive(self.confusion.predicted) - self.true_positives

    @property
    def false_negatives(self) -> Figures:
        """Positive rows that were not answered so, ``(R,)``."""
        return self._of_positive(self.confusion.actual) - self.true_positives

    @property
    def true_negatives(self) -> Figures:
        """Other rows that were not answered as positive, ``(R,)``."""
        return self.rows - self.true_positives - self.false_positives - self.false_negatives

    def _of_positive(self, counts: Figures) -> Figures:
        classes = self.confusion.classes
        return counts[:, classes.index(self.positive)] if self.positive in classes else np.zeros(len(counts))

    def to_json(self) -> dict[str, Any]:
        """Return the parts that the problem has."""
        return {part: getattr(self, part).to_json() for part in PARTS[self.problem]}

    def read(self, data: dict[str, Any]) -> Self:
        """Return these outcomes with the parts that :meth:`to_json` wrote."""
        return replace(self, **{part: _READ[part].from_json(data[part]) for part in PARTS[self.problem]})

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same rows: equal, and errors equal but for rounding."""
        if self.problem == "Regression":
            return self.errors.agrees(other.errors)
        return self.to_json() == other.to_json()


def _kept(rows: NDArray[np.bool_], answers: Answers, weights: NDArray[np.uint8]) -> tuple[Answers, NDArray[np.uint8]]:
    return (answers, weights) if rows.all() else (answers.where(rows), weights[:, rows])
