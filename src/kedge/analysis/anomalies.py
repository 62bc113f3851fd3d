"""Single values and rows that stand out from the baseline: counted, and a few of them kept."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import BaseModel

from kedge.analysis.batch import Kind
from kedge.analysis.sketches.sample import Row, whole_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch, Column
    from kedge.analysis.scores import Scored
    from kedge.analysis.usual import Usual

ROWS = 20


class Outside(BaseModel):
    """How many numbers of one feature are not usual, beside how many of the baseline's are not."""

    median: float
    spread: float
    low: float
    high: float
    values: int = 0
    outside: int = 0
    baseline_values: int
    baseline_share: float

    @property
    def share(self) -> float:
        """The share of the window's numbers that is outside, 0 to 1."""
        return self.outside / max(self.values, 1)

    @classmethod
    def of(cls, usual: Usual, column: Column, rows: NDArray[np.int64]) -> Self:
        """Return the account of a column, of which these rows are outside."""
        known = asdict(usual)
        values, share = known.pop("values"), known.pop("share")
        numbers = int(column.counts[Kind.FRACTIONAL] + column.counts[Kind.INTEGRAL])
        return cls(**known, values=numbers, outside=len(rows), baseline_values=values, baseline_share=share)

    def merge(self, other: Self) -> Self:
        """Return the account of both, which are held against the same baseline."""
        counts = {"values": self.values + other.values, "outside": self.outside + other.outside}
        return self.model_copy(update=counts)


class OddRow(BaseModel):
    """A row that stands out: its score, which of those read it is, and what is unusual in it.

    ``row`` is None where no raw value may be kept.
    """

    key: str
    position: int
    score: float
    deviations: dict[str, float] = {}
    row: Row | None = None


class Anomalies(BaseModel):
    """What stands out in a window; ``Anomalies()`` is that of no row. Merging equals one scan.

    ``size`` rows of the highest score are kept, of equal ones those with the smallest key.
    """

    score: str = "robust"
    size: int = ROWS
    raw_values: bool = True
    rows: int = 0
    odd: int = 0
    features: dict[str, Outside] = {}
    sample: list[OddRow] = []

    def merge(self, other: Self) -> Self:
        """Return what stands out in both windows, which are held against the same baseline."""
        features = dict(self.features)
        for name, found in other.features.items():
            features[name] = features[name].merge(found) if name in features else found
        size = min(self.size, other.size)
        sample = sorted(self.sample + other.sample, key=lambda row: (-row.score, row.key))[:size]
        counts = {"size": size, "rows": self.rows + other.rows, "odd": self.odd + other.odd}
        raw_values = self.raw_values and other.raw_values
        if not raw_values:
            sample = [row.model_copy(update={"row": None}) for row in sample]
        return self.model_copy(update={**counts, "raw_values": raw_values, "features": features, "sample": sample})


class Watch:
    """Sees every batch, and remembers in ``seen`` what stands out.

    Parameters
    ----------
    usual
        What is usual of each feature.
    scored
        A score, fitted to the baseline.
    empty
        What stands out in no row: how many rows to keep, and whether as they are.
    start
        How many rows of the data come before the first batch.
    """

    def __init__(self, usual: Mapping[str, Usual], scored: Scored, empty: Anomalies, start: int = 0) -> None:
        self._usual, self._scored, self._start, self.seen = usual, scored, start, empty

    def update(self, batch: Batch) -> None:
        """See one batch."""
        columns = {name: column for name, column in batch.columns.items() if name in self._usual}
        out = {name: self._usual[name].outside(column) for name, column in columns.items()}
        scores = self._scored(batch)
        features = {name: Outside.of(self._usual[name], column, out[name]) for name, column in columns.items()}
        rows = self._odd_rows(batch, self._kept(scores, batch.keys), scores)
        counts = {"rows": len(batch), "odd": int(np.count_nonzero(scores > 1))}
        empty = self.seen.model_copy(update={"rows": 0, "odd": 0, "features": {}, "sample": []})
        self.seen = self.seen.merge(empty.model_copy(update={**counts, "features": features, "sample": rows}))

    def _kept(self, scores: NDArray[np.float64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the rows that can still enter the sample."""
        seen = self.seen
        least = seen.sample[-1].score if seen.size and len(seen.sample) == seen.size else 1.0
        rows = np.flatnonzero((scores > 1) & (scores >= least))
        return rows[np.lexsort((keys[rows], -scores[rows]))][: seen.size]

    def _odd_rows(self, batch: Batch, rows: NDArray[np.int64], scores: NDArray[np.float64]) -> list[OddRow]:
        apart: list[dict[str, float]] = [{} for _ in rows]
        for name in self._usual.keys() & batch.columns.keys():
            usual, values = self._usual[name], batch.columns[name].taken(rows)
            for place in usual.outside(values).tolist():
                apart[place][name] = float(usual.deviations(values)[place])
        whole = whole_rows(batch, rows) if self.seen.raw_values else [None] * len(rows)
        return [
            OddRow(
                key=f"{int(batch.keys[row]):016x}",
                position=self._start + self.seen.rows + row + 1,
                score=float(scores[row]),
                deviations=dict(sorted(far.items(), key=lambda item: (-abs(item[1]), item[0]))),
                row=all_of_it,
            )
            for row, far, all_of_it in zip(rows.tolist(), apart, whole, strict=True)
        ]
