"""What bias metrics are read from: how often each side of a facet meets each label and each answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Figures = NDArray[np.float64]

A, D = 0, 1  # the advantaged side, and the disadvantaged one
NO_PREDICTIONS = (
    "No Label values are present in the predicted Label Column,"
    "Positive Predicted Index Series contains all False values"
)


NO_GROUP = "Group variable is empty or not provided"


def _none() -> NDArray[np.bool_]:
    return np.zeros(0, bool)


@dataclass(frozen=True)
class Flips:
    """The flip test: its value in each replica, ``(R,)``; or why there is none."""

    values: Figures | None = None
    error: str = "There are no rows for the flip test."


@dataclass(frozen=True)
class Contingency:
    """The counts of two sides, in R replicas.

    Attributes
    ----------
    labelled
        ``(R, G, 2, 2)``: rows with a label, by group, side (0 advantaged, 1 disadvantaged) and label (1 positive).
    answered
        ``(R, G, 2, 2, 2)``: of these, rows with an answer, the answer last.
    strata
        ``(G,)``: which groups are of the group variable, none where there is none; all rows count in one of the others.
    ungrouped
        Why there is none.
    flips
        What the flip test found.
    """

    labelled: Figures
    answered: Figures
    strata: NDArray[np.bool_] = field(default_factory=_none)
    ungrouped: str = NO_GROUP
    flips: Flips = Flips()

    @classmethod
    def of(cls, facet: object, label: object, answer: object = None, group: object = None) -> Self:
        """Return the contingency of a few rows, R = 1, to try a metric on.

        >>> Contingency.of([1, 0, 0], [1, 1, 0], [0, 1, 0]).labelled[0, 0].tolist()
        [[1.0, 1.0], [0.0, 1.0]]
        """
        side, told = np.asarray(facet, np.int64), np.asarray(label, np.int64)
        groups, places = np.unique(np.zeros(len(side)) if group is None else np.asarray(group), return_inverse=True)
        labelled = np.zeros((1, len(groups), 2, 2))
        np.add.at(labelled[0], (places, side, told), 1)
        answered = np.zeros((1, len(groups), 2, 2, 2))
        if answer is not None:
            np.add.at(answered[0], (places, side, told, np.asarray(answer, np.int64)), 1)
        return cls(labelled, answered, np.full(len(groups), group is not None))

    @property
    def replicas(self) -> int:
        """R."""
        return len(self.labelled)

    @property
    def rows(self) -> Figures:
        """Rows with a label on each side, ``(R, 2)``."""
        found: Figures = self.labelled.sum((1, 3))
        return found

    @property
    def observed(self) -> Figures:
        """Rows by side and label, ``(R, 2, 2)``."""
        found: Figures = self.labelled.sum(1)
        return found

    @property
    def confusion(self) -> Figures:
        """Rows with an answer by side, label and answer, ``(R, 2, 2, 2)``."""
        found: Figures = self.answered.sum(1)
        return found

    @property
    def shares(self) -> Figures:
        """The share of each label on each side, ``(R, 2, 2)``; NaN on an empty side."""
        return share(self.observed, self.rows[:, :, None])


def divide(part: Figures, whole: Figures) -> Figures:
    """Return the quotient as the service has it: 0.0 where both are 0, infinite where only the divisor is.

    >>> divide(np.array([1.0, 0.0, 2.0, -1.0]), np.array([2.0, 0.0, 0.0, 0.0])).tolist()
    [0.5, 0.0, inf, -inf]
    """
    found = np.where(part == 0, 0.0, np.copysign(np.inf, part))
    return np.divide(part, whole, out=found, where=whole != 0)


def apart(one: Figures, other: Figures) -> Figures:
    """Return the difference, 0.0 where both are the same infinity.

    >>> apart(np.array([1.0, np.inf, np.inf]), np.array([0.5, np.inf, 1.0])).tolist()
    [0.5, 0.0, inf]
    """
    return np.subtract(one, other, out=np.zeros(np.broadcast(one, other).shape), where=one != other)


def share(part: Figures, whole: Figures) -> Figures:
    """Return the quotient, NaN where there is nothing to divide by.

    >>> share(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    nothing: Figures = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.divide(part, whole, out=nothing, where=whole > 0)


def by_side(contingency: Contingency, found: Figures) -> Figures:
    """Return figures of both sides, ``(R, 2)``, with NaN where a side is empty of answered rows."""
    empty = contingency.confusion.sum((2, 3)) == 0
    kept: Figures = np.where(empty.any(1)[:, None], np.nan, found)
    return kept


def disparity(counts: Figures) -> Figures:
    r"""Return the conditional demographic disparity, ``(R,)``, of counts ``(R, G, 2, 2)`` by group, side and outcome.

    :math:`\sum_g n_g (D_g - A_g) / \sum_g n_g`, where :math:`D_g` is the share of the disadvantaged among the rejected
    of a group and :math:`A_g` that among the accepted, 0 where there are none. NaN where a side is empty, or nobody
    is accepted, or nobody is rejected.
    """
    outcomes = counts.sum(2)
    shares = divide(counts[:, :, D], outcomes)
    rows = outcomes.sum(2)
    found = divide((rows * (shares[:, :, 0] - shares[:, :, 1])).sum(1), rows.sum(1))
    told = (counts.sum((1, 3)) > 0).all(1) & (outcomes.sum(1) > 0).all(1)
    return np.where(told, found, np.nan)


def common(contingency: Contingency) -> Figures:
    """Return the shares of the labels that both sides have, ``(R, 2, 2)`` by side and label; 0.0 of any other."""
    shares = contingency.shares
    found: Figures = np.where((shares > 0).all(1, keepdims=True), shares, 0.0)
    return found


def nowhere(shares: Figures, found: Figures) -> Figures:
    """Return figures ``(R,)``, NaN where no share is above 0."""
    kept: Figures = np.where((shares > 0).any((1, 2)), found, np.nan)
    return kept
