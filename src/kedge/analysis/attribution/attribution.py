"""What is remembered of a window so that it can be explained: a few whole rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

from kedge.analysis.batch import Batch
from kedge.analysis.sketches.sample import Row, Sample
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

ROWS: Final = 1000


@dataclass(frozen=True)
class Attribution:
    """The rows to explain, with the smallest keys: the joint sketch of feature attribution.

    However many rows a window has, at most ``sample.size`` of them are explained; those of hours are, merged, those
    of the day.

    Attributes
    ----------
    features
        What the predictor is given, in order; empty takes every column.
    sample
        The rows, of these features alone; a feature that a batch has not is left out of its rows.

    Raises
    ------
    InputError
        While merging: two sketches have different features.
    """

    OF_ROWS: ClassVar[bool] = True

    features: tuple[str, ...] = ()
    sample: Sample = field(default_factory=lambda: Sample(size=ROWS))

    @property
    def rows(self) -> list[Row]:
        """The rows, by feature."""
        return [row for _, row in self.sample.rows]

    @property
    def keys(self) -> list[int]:
        """The keys of the rows, ascending."""
        return [key for key, _ in self.sample.rows]

    def update(self, batch: Batch) -> Self:
        """Return the sketch of all that was seen and of this batch."""
        names = self.features or tuple(batch.columns)
        columns = {name: batch.columns[name] for name in names if name in batch.columns}
        return replace(self, sample=self.sample.update(Batch(columns, batch.keys)))

    def merge(self, other: Self) -> Self:
        """Return the sketch of all that either has seen."""
        if self.features != other.features:
            raise InputError(
                f"Two profiles have different features: {', '.join(self.features)} and {', '.join(other.features)}.",
                next_step="Merge profiles that were made with the same configuration.",
            )
        return replace(self, sample=self.sample.merge(other.sample))

    def without_rows(self) -> Self:
        """Return the sketch that keeps no row, now and later."""
        return replace(self, sample=Sample(size=0))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"features": list(self.features), **self.sample.to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(tuple(data["features"]), Sample.from_json(dict(data)))
