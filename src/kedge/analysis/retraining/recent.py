"""The last labelled rows, and how wrong a model was on them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import numpy as np

from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

Metric = Literal["rmse", "mae"]
ROWS = 100  # the paper's
KEPT = 1000  # that an execution leaves: of more no policy asks
FARTHEST = 1e145  # so that squares of any number of errors stay finite


@dataclass(frozen=True, slots=True, order=True)
class LabelledRow:
    """When the model answered, a key for rows of one instant, and how far the answer was from the label."""

    time: datetime
    key: int
    error: float


@dataclass(frozen=True, slots=True)
class Recent:
    r"""The ``rows`` labelled rows that were answered last, in whatever order their labels came.

    A commutative monoid, as every sketch: merging equals one scan, hours merge to days, and the size is bounded.

    Attributes
    ----------
    rows
        How many are kept. Of two that are merged the smaller number counts: more are not known to both.
    latest
        Those rows, by time and key. One that is told twice is there once; where its labels differ, with the larger
        error.

    Notes
    -----
    An error is a distance, never negative: :math:`|y - \hat y|` of numbers, 1 or 0 of a wrong or right class,
    :math:`|y - p|` of a probability. One that is NaN is left out; one beyond 1e145 counts as 1e145.

    Examples
    --------
    >>> times = np.datetime64("2026-11-01T00:00") + np.arange(5).astype("timedelta64[h]")
    >>> recent = Recent(rows=3).update(times, np.arange(5), np.array([0.0, 9.0, 3.0, -4.0, np.nan]))
    >>> [row.error for row in recent.latest], recent.error("rmse"), recent.error("mae").__round__(2)
    ([9.0, 3.0, 4.0], 5.94418483337567, 5.33)
    """

    rows: int = ROWS
    latest: tuple[LabelledRow, ...] = ()

    def __post_init__(self) -> None:
        if self.rows < 1:
            raise SettingError(f"The number of rows is {self.rows!r}, which is none.", next_step="Give 1 or more.")

    def __len__(self) -> int:
        return len(self.latest)

    def update(self, times: NDArray[np.datetime64], keys: NDArray[Any], errors: NDArray[np.float64]) -> Self:
        """Return this with more rows: when they were answered (UTC), their keys, and their errors."""
        times, errors = times.astype("datetime64[us]"), np.minimum(np.abs(errors), FARTHEST)
        order = np.lexsort((errors, keys, times))
        order = order[~(np.isnan(errors) | np.isnat(times))[order]]
        last = np.ones(len(order), bool)  # of the rows with one time and key, which stand in the order of their errors
        last[:-1] = (np.diff(times[order]).astype(np.int64) != 0) | (keys[order][1:] != keys[order][:-1])
        order = order[last][-self.rows :]
        columns = (cast("list[Any]", column[order].tolist()) for column in (times, keys, errors))
        found = (LabelledRow(time.replace(tzinfo=UTC), key, error) for time, key, error in zip(*columns, strict=True))
        return self._with(found, self.rows)

    def merge(self, other: Self) -> Self:
        """Return the rows that were last of both."""
        return self._with(other.latest, min(self.rows, other.rows))

    def since(self, time: datetime) -> Self:
        """Return this without the rows that were answered earlier: by another model."""
        return type(self)(self.rows, tuple(row for row in self.latest if row.time >= time))

    def last(self, rows: int) -> Self:
        """Return the last ``rows`` of them."""
        return type(self)(min(rows, self.rows), self.latest[-rows:])

    def error(self, metric: Metric = "rmse") -> float | None:
        r"""Return how wrong the model was on these rows; None without a row.

        ``rmse`` is :math:`\sqrt{\sum_i e_i^2 / n}`, ``mae`` is :math:`\sum_i e_i / n`, which of classes is the share of
        wrong ones. Both are in the unit of the label and do not depend on the order of rows.
        """
        if not self.latest:
            return None
        if metric == "mae":
            return math.fsum(row.error for row in self.latest) / len(self)
        return math.sqrt(math.fsum(row.error * row.error for row in self.latest) / len(self))

    def _with(self, more: Iterable[LabelledRow], rows: int) -> Self:
        # Sorted by time, key and error, the last of equal time and key has the largest error.
        known = {(row.time, row.key): row for row in sorted((*self.latest, *more))}
        return type(self)(rows, tuple(known.values())[-rows:])
