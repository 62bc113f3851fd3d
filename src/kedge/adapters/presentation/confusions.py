"""Which classes are taken for which: the confusion matrix as a table or a map, and what is told of each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kedge.adapters.presentation import quality_charts
from kedge.adapters.presentation.words import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kedge.analysis.quality.documents import ClassMetrics, Metrics

    Counts = Mapping[str, Mapping[str, int]]

_READABLE = 8  # classes whose counts can be read in a table
_DRAWN = 60
_ERRORS = 12
_CLASSES = 40


@dataclass(frozen=True, slots=True)
class Cell:
    """How many rows of a class were taken for one; shares are of that class, ``before`` is the baseline's."""

    actual: str
    predicted: str
    count: int
    share: float | None
    before: float | None
    right: bool

    @property
    def shade(self) -> int:
        """How dark the cell is, 0 to 10."""
        return int(np.ceil((self.share or 0.0) * quality_charts.SHADES))


@dataclass(frozen=True, slots=True)
class Confusions:
    """The matrix: rows of cells where it is small, else a map in ``shades``; and the most frequent errors."""

    classes: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shades: tuple[tuple[int, str], ...]
    errors: tuple[Cell, ...]
    total: int

    @property
    def readable(self) -> bool:
        """Whether it is small enough for a table."""
        return len(self.classes) <= _READABLE


def confusions(window: Metrics, baseline: Metrics | None) -> Confusions | None:
    """Return the matrix of the window with the baseline's shares, or None where nothing was counted."""
    matrix, before = _matrix(window), _matrix(baseline)
    names = list(dict.fromkeys([*matrix, *(name for row in matrix.values() for name in row)]))
    if not names:
        return None
    shown = _largest(matrix, names)
    counts, shares = _counts(matrix, shown), _shares(_counts(matrix, shown), matrix, shown)
    known = _shares(_counts(before, shown), before, shown)
    cells = tuple(
        tuple(
            Cell(plain(a, 40), plain(p, 40), int(counts[y, x]), _known(shares[y, x]), _known(known[y, x]), a == p)
            for x, p in enumerate(shown)
        )
        for y, a in enumerate(shown)
    )
    wrong = sorted((cell for row in cells for cell in row if not cell.right and cell.count), key=lambda c: -c.count)
    drawn = () if len(shown) <= _READABLE else tuple(quality_charts.shades(shares))
    return Confusions(tuple(plain(name, 40) for name in shown), cells, drawn, tuple(wrong[:_ERRORS]), len(names))


def _matrix(metrics: Metrics | None) -> Counts:
    return getattr(metrics, "confusion_matrix", None) or {}


def _largest(matrix: Counts, names: list[str]) -> list[str]:
    """Return the classes to show, in their order; of too many the most frequent."""
    rows = {name: sum(matrix.get(name, {}).values()) for name in names}
    kept = set(sorted(names, key=lambda name: -rows[name])[:_DRAWN])
    return [name for name in names if name in kept]


def _counts(matrix: Counts, names: list[str]) -> NDArray[np.float64]:
    return np.array([[matrix.get(actual, {}).get(name, 0) for name in names] for actual in names], float)


def _shares(counts: NDArray[np.float64], matrix: Counts, names: list[str]) -> NDArray[np.float64]:
    """Return the share of each actual class; NaN where there is none of it."""
    rows = np.array([sum(matrix.get(name, {}).values()) for name in names], float)
    with np.errstate(invalid="ignore"):
        return np.asarray(counts / rows[:, None])


def _known(share: float) -> float | None:
    return None if np.isnan(share) else float(share)


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class against all others, in the window and in the baseline."""

    name: str
    window: ClassMetrics
    baseline: ClassMetrics | None

    @property
    def lost(self) -> float:
        """How much lower F1 is than it was; without a baseline, than it could be."""
        return (self.baseline.f1 if self.baseline else 1.0) - self.window.f1


def classes(window: Metrics, baseline: Metrics | None) -> tuple[list[ClassRow], int]:
    """Return what is told of each class, those that lost most first, and how many there are."""
    told: Mapping[str, ClassMetrics] = getattr(window, "per_class", None) or {}
    known: Mapping[str, ClassMetrics] = getattr(baseline, "per_class", None) or {}
    rows = [ClassRow(plain(name, 40), found, known.get(name)) for name, found in told.items()]
    return sorted(rows, key=lambda row: -row.lost)[:_CLASSES], len(rows)
