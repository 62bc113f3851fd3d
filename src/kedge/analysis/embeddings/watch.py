"""What the rows themselves say while they are read: which are farthest away, and which vectors cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.embeddings.embeddings import NOT_FINITE, USABLE, unit
from kedge.analysis.embeddings.summary import FarRow, UnusableRow
from kedge.analysis.sketches.sample import whole_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch, Vectors

SHOWN = 10


class Watch:
    """Sees the rows of one column's vectors.

    Parameters
    ----------
    column
        The column's name.
    size
        The length that vectors should have; None where it is to be learned.
    mean
        The baseline's mean unit vector; None where there is no baseline.
    raw_values
        Whether to keep the other columns of a row.
    """

    def __init__(
        self, column: str, size: int | None, mean: NDArray[np.float64] | None = None, *, raw_values: bool = True
    ) -> None:
        self._column, self._size, self._mean, self._raw_values = column, size, mean, raw_values
        self._rows = 0
        self.farthest: list[FarRow] = []
        self.unusable: list[UnusableRow] = []

    def update(self, batch: Batch) -> None:
        """See one batch."""
        vectors = batch.vectors.get(self._column)
        if vectors is not None:
            for size in np.unique(vectors.sizes).tolist():
                self._see(batch, vectors, size)
            self.unusable = sorted(self.unusable, key=lambda row: row.position)[:SHOWN]
        self._rows += len(batch)

    def _see(self, batch: Batch, vectors: Vectors, size: int) -> None:
        rows = np.flatnonzero(vectors.sizes == size)
        if not size or (self._size is not None and size != self._size):
            wrong = f"It has {size} numbers, where {self._size} are expected." if size else "There is no vector."
            self._add(rows[:SHOWN], wrong)
            return
        units, usable = unit(vectors.where(vectors.sizes == size).matrix(size))
        self._add(rows[usable == NOT_FINITE][:SHOWN], "A number of it is missing, NaN or infinite.")
        self._add(rows[(usable != NOT_FINITE) & (usable != USABLE)][:SHOWN], "All its numbers are 0.")
        if self._mean is not None:
            self._measure(batch, rows[usable == USABLE], units[usable == USABLE] @ self._mean)

    def _measure(self, batch: Batch, rows: NDArray[np.int64], similar: NDArray[np.float64]) -> None:
        far = np.argsort(similar, kind="stable")[:SHOWN]
        whole = whole_rows(batch, rows[far]) if self._raw_values else [None] * len(far)
        found = [
            FarRow(position=self._rows + row + 1, similarity=value, row=values)
            for row, value, values in zip(rows[far].tolist(), similar[far].tolist(), whole, strict=True)
        ]
        self.farthest = sorted([*self.farthest, *found], key=lambda row: row.similarity)[:SHOWN]

    def _add(self, rows: NDArray[np.int64], reason: str) -> None:
        self.unusable += [UnusableRow(position=self._rows + row + 1, reason=reason) for row in rows.tolist()]

    def notes(self, file: str) -> Iterator[str]:
        """Yield what is wrong with the first vectors that cannot be used."""
        for row in self.unusable[:3]:
            yield f"{file}, row {row.position:,}: {row.reason}"
