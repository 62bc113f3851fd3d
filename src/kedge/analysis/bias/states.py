"""What a value is to the configuration: among the configured ones, beyond the threshold, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.batch import Kind
from kedge.analysis.bias.plan import known, threshold
from kedge.domain.roles import class_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.batch import Column, Texts
    from kedge.analysis.bias.plan import Value

    States = NDArray[np.uint8]

# Both can be: a positive answer that a probability gives is positive however labels are understood.
OTHER, AMONG, BEYOND, MISSING = 0, 1, 2, 4
NAMES: Final = ("other", "among", "beyond", "both", "")
_FEW: Final = 16


def states(column: Column | None, values: tuple[Value, ...], rows: int) -> States:
    """Return the state of each row, ``(n,)`` uint8; NaN, an infinite number and an empty text are missing.

    Whether a column is categorical or continuous is not known before all of it is read, so both readings are told at
    once: ``AMONG`` the configured values, by what they say, and ``BEYOND`` the one that may be a threshold.
    """
    found = np.full(rows, MISSING, np.uint8)
    if column is None:
        return found
    numeric = ((column.kinds == Kind.FRACTIONAL) | (column.kinds == Kind.INTEGRAL)) & np.isfinite(column.numbers)
    classes, limit = known(values), threshold(values)
    numbers = [number for text in classes if (number := _number(text)) is not None]
    found[numeric] = np.isin(column.numbers[numeric], numbers)
    if limit is not None:
        found[numeric & (column.numbers > limit)] = BEYOND
    _words(column, classes, limit, found)
    return found


def highest(column: Column | None) -> float | None:
    """Return the largest finite number of a column, None where there is none."""
    return None if column is None or not len(column.ordered) else float(column.ordered[-1])


def _words(column: Column, classes: frozenset[str], limit: float | None, found: States) -> None:
    """Write the states of the rows that hold texts."""
    rows, texts = column.text_rows, column.texts
    if rows is None or texts is None:
        return
    worded = (column.kinds[rows] == Kind.BOOLEAN) | (column.kinds[rows] == Kind.STRING)
    if not worded.all():
        rows, texts = rows[worded], texts.where(worded)
    if len(rows):
        found[rows] = _of_texts(texts, classes, limit)


def _of_texts(texts: Texts, classes: frozenset[str], limit: float | None) -> States:
    """Return the states of texts: the few usual ones are found without sorting."""
    hashes, found = texts.hashes, np.zeros(len(texts), np.uint8)
    left = np.arange(len(texts))
    for _ in range(_FEW):
        if not len(left):
            return found
        same = hashes[left] == hashes[left[0]]
        found[left[same]] = _of_text(texts[int(left[0])], classes, limit)
        left = left[~same]
    _, first, places = np.unique(hashes[left], return_index=True, return_inverse=True)
    said = [_of_text(texts[row], classes, limit) for row in left[first].tolist()]
    found[left] = np.array(said, np.uint8)[places]
    return found


def _of_text(text: str, classes: frozenset[str], limit: float | None) -> int:
    said = class_of(text)
    number = _number(said)
    if not said:
        return MISSING
    if limit is not None and number is not None and number > limit:
        return BEYOND
    return AMONG if said in classes else OTHER


def _number(said: str) -> float | None:
    try:
        return float(said)
    except ValueError:
        return None
