"""Labels and predictions of a batch, understood by value: ``1``, ``"1.0"`` and ``true`` are one class."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from kedge.analysis.batch import Column, Kind
from kedge.analysis.quality.errors import Errors
from kedge.domain.roles import class_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch, Texts
    from kedge.domain.roles import Problem, Roles

NONE = -1  # the place of a value that is missing


@dataclass(frozen=True)
class Classes:
    """The classes of a column: for each row the place of its text among ``texts``, or ``NONE``."""

    places: NDArray[np.int64]
    texts: tuple[str, ...] = ()

    @classmethod
    def of(cls, column: Column | None, rows: int) -> Self:
        """Return the classes of a column, which may not be there.

        Numbers count by value, true and false in any case as 1 and 0, other texts without the space around them. An
        empty text, NaN and infinity are missing.
        """
        if column is None:
            return cls(np.full(rows, NONE))
        numeric = (column.kinds == Kind.FRACTIONAL) | (column.kinds == Kind.INTEGRAL)
        numbers = column.numbers if numeric.all() else np.where(numeric, column.numbers, np.nan)
        if ((numbers == 0) | (numbers == 1)).all():
            return cls(numbers.astype(np.int64), ("0", "1"))
        seen, places = np.unique(numbers, return_inverse=True)
        found = cls(places).named([class_of(number) for number in seen.tolist()])
        return found._with_texts(column) if column.texts is not None else found

    def named(self, texts: list[str]) -> Self:
        """Return the classes whose places have these texts; equal texts are one class, empty ones none."""
        names = tuple(dict.fromkeys(text for text in texts if text))
        known = {text: place for place, text in enumerate(names)}
        table = np.array([*(known.get(text, NONE) for text in texts), NONE])  # the last one is for NONE itself
        return type(self)(table[self.places], names)

    def _with_texts(self, column: Column) -> Self:
        """Return the classes of the rows that hold texts, too."""
        rows, texts = column.text_rows, column.texts
        if rows is None or texts is None:
            return self
        worded = (column.kinds[rows] == Kind.BOOLEAN) | (column.kinds[rows] == Kind.STRING)
        if not worded.all():
            rows, texts = rows[worded], texts.where(worded)
        if not len(rows):
            return self
        places, seen = _distinct(texts)
        merged = self.places.copy()
        merged[rows] = places + len(self.texts)
        return replace(self, places=merged).named([*self.texts, *map(class_of, seen)])


@dataclass(frozen=True)
class Answers:
    """What the rows of a batch say in their roles, each ``(n,)``.

    Attributes
    ----------
    labelled
        Whether there is a label.
    answered
        Whether there is a prediction.
    actual, predicted
        Places among ``classes``, or ``NONE``; of a regression the numbers, NaN where there is no finite one.
    scores
        NaN where there is no usable one.
    classes
        The texts of the classes; none in a regression.
    """

    labelled: NDArray[np.bool_]
    answered: NDArray[np.bool_]
    actual: NDArray[Any]
    predicted: NDArray[Any]
    scores: NDArray[np.float64]
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, roles: Roles, batch: Batch) -> Self:
        """Return what the columns of a batch say; a column that is not there is missing in every row."""
        names = roles.columns(batch.columns)
        label, told, scored = (batch.columns.get(names[r] or "") for r in ("label", "prediction", "probability"))
        n, nothing = len(batch), Column(np.zeros(len(batch), np.uint8), np.full(len(batch), np.nan))
        if roles.problem == "Regression":
            return cls._of_numbers(label or nothing, told or nothing)
        scores, actual = _finite(scored or nothing), Classes.of(label, n)
        # A response of a single value is the score where one is asked for: then the threshold tells the class.
        single = roles.prediction is None or names["probability"] == "0"
        predicted = _thresholded(roles, scores) if told is None and single else Classes.of(told, n)
        shifted = np.where(predicted.places == NONE, NONE, predicted.places + len(actual.texts))
        both = Classes(np.concatenate([actual.places, shifted])).named([*actual.texts, *predicted.texts])
        first, second = both.places[:n], both.places[n:]
        return cls(first != NONE, second != NONE, first, second, scores, both.texts)

    @classmethod
    def _of_numbers(cls, label: Column, told: Column) -> Self:
        labelled, answered = (side.kinds != Kind.MISSING for side in (label, told))
        actual, predicted = (np.clip(_finite(side), -Errors.LIMIT, Errors.LIMIT) for side in (label, told))
        return cls(labelled, answered, actual, predicted, np.full(len(label), np.nan))

    def apart(self, problem: Problem) -> NDArray[np.float64]:
        """Return how far each answer is from its label: of classes 0 or 1; NaN where either is missing."""
        if problem == "Regression":
            found: NDArray[np.float64] = np.abs(self.predicted - self.actual).astype(np.float64)
            return found
        return np.where(self.labelled & self.answered, (self.predicted != self.actual).astype(np.float64), np.nan)

    def where(self, kept: NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Return the rows that a mask keeps, or of these numbers."""
        arrays = {f.name: getattr(self, f.name)[kept] for f in fields(self) if f.name != "classes"}
        return replace(self, **arrays)


def _finite(column: Column) -> NDArray[np.float64]:
    numeric = (column.kinds == Kind.FRACTIONAL) | (column.kinds == Kind.INTEGRAL)
    found: NDArray[np.float64] = np.where(numeric & np.isfinite(column.numbers), column.numbers, np.nan)
    return found


def _thresholded(roles: Roles, scores: NDArray[np.float64]) -> Classes:
    negative = "0" if roles.positive == "1" else f"not {roles.positive}"
    places = np.where(np.isnan(scores), NONE, scores > roles.threshold)
    return Classes(places.astype(np.int64), (negative, roles.positive))


def _distinct(texts: Texts) -> tuple[NDArray[np.int64], list[str]]:
    """Return the place of each text among the different ones, and these."""
    _, first, places = np.unique(texts.hashes, return_index=True, return_inverse=True)
    return places, [texts[row] for row in first.tolist()]
