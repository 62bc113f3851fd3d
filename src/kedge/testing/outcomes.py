"""Outcomes of a few rows, to try a metric on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.analysis.batch import Batch, column
from kedge.analysis.hashing import hash_keys
from kedge.analysis.quality.quality import Quality
from kedge.domain.roles import Problem, Roles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kedge.analysis.quality.outcomes import Outcomes


def quality(roles: Roles, **columns: Iterable[Any]) -> Quality:
    """Return what is remembered of rows, given column by column."""
    found = {name: column(list(values)) for name, values in columns.items()}
    rows = max(map(len, found.values()))
    return Quality(roles).update(Batch(found, hash_keys("rows", 0, rows)))


def classified(
    actual: Iterable[Any], predicted: Iterable[Any], *, problem: Problem = "BinaryClassification"
) -> Outcomes:
    """Return the outcomes of classes and answers, R = 1.

    >>> classified([1, 0, 0], [1, 1, 0]).confusion.matrix.tolist()
    [[[1, 1], [0, 1]]]
    """
    return quality(Roles(problem, "label", "prediction"), label=actual, prediction=predicted).whole


def scored(actual: Iterable[Any], scores: Iterable[float]) -> Outcomes:
    """Return the outcomes of a binary problem with scores, R = 1; positive is a score above 0.5."""
    return quality(Roles("BinaryClassification", "label", probability="score"), label=actual, score=scores).whole


def regressed(actual: Iterable[float], predicted: Iterable[float]) -> Outcomes:
    """Return the outcomes of a regression, R = 1."""
    return quality(Roles("Regression", "label", "prediction"), label=actual, prediction=predicted).whole
