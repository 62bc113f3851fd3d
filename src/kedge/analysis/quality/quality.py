"""What is remembered of label and answer together."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np

from kedge.analysis.batch import Batch, Column, Kind
from kedge.analysis.profile import Feature
from kedge.analysis.quality.answers import Answers
from kedge.analysis.quality.replicas import weights
from kedge.analysis.quality.segments import Pair, Segments
from kedge.domain.roles import Roles, named
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from kedge.analysis.quality.outcomes import Outcomes

_ROWS: Final = 1 << 17  # at a time, so that sums stay exact


@dataclass(frozen=True)
class Quality:
    """Labels and answers together: the joint sketch of model quality.

    A column that a batch has not is missing in its rows. Rows of one key count the same in every replica, in
    whatever order and batch they come.

    Attributes
    ----------
    roles
        The columns, as they were asked for.
    rows
        All rows seen.
    unlabelled
        Those without a label.
    unpredicted
        Those with a label and without a prediction.
    unscored
        Those with a label and without a score that is a finite number, where scores are asked for.
    unusable
        In a regression: those with both, of which one is no finite number.
    everything
        The outcomes of all rows.
    segments
        Column to the outcomes by its values.
    residuals
        In a regression: the distribution of prediction minus label.

    Raises
    ------
    InputError
        While updating or merging: there are more than 1,000 classes, or two sketches have different roles.
    """

    OF_ROWS: ClassVar[bool] = True

    roles: Roles
    rows: int = 0
    unlabelled: int = 0
    unpredicted: int = 0
    unscored: int = 0
    unusable: int = 0
    everything: Pair = None  # type: ignore[assignment]
    segments: Mapping[str, Segments] = field(default_factory=dict)
    residuals: Feature = field(default_factory=Feature)

    def __post_init__(self) -> None:
        if self.everything is None:
            object.__setattr__(self, "everything", Pair.nothing(self.roles))
            object.__setattr__(self, "segments", {name: Segments() for name in self.roles.segments})

    @property
    def whole(self) -> Outcomes:
        """The outcomes of the rows as they are, R = 1."""
        return self.everything.whole

    @property
    def replicas(self) -> Outcomes:
        """The outcomes in the 50 replicas of a bootstrap."""
        return self.everything.replicas

    @property
    def subsets(self) -> Outcomes:
        """The outcomes in the 5 subsets of the service."""
        return self.everything.subsets

    def update(self, batch: Batch) -> Self:
        """Return the sketch of all that was seen and of this batch."""
        found = self
        for part in _parts(batch):
            found = found._with(part)
        return found

    def _with(self, batch: Batch) -> Self:
        answers = Answers.of(self.roles, batch)
        labelled = answers.labelled
        seen = replace(self, rows=self.rows + len(batch), unlabelled=self.unlabelled + int((~labelled).sum()))
        if not labelled.any():
            return seen
        columns = {name: _column(name, batch) for name in self.roles.segments}
        keys = batch.keys
        if not labelled.all():
            answers, keys = answers.where(labelled), keys[labelled]
            columns = {name: column and column.where(labelled) for name, column in columns.items()}
        return seen._answered(answers, weights(keys), columns)

    def _answered(self, answers: Answers, drawn: NDArray[np.uint8], columns: Mapping[str, Column | None]) -> Self:
        regression = self.roles.problem == "Regression"
        apart = (answers.predicted - answers.actual)[answers.answered] if regression else np.empty(0)
        usable = apart[np.isfinite(apart)].astype(np.float64)
        return replace(
            self,
            unpredicted=self.unpredicted + int((~answers.answered).sum()),
            unscored=self.unscored + (int(np.isnan(answers.scores).sum()) if self.roles.probability else 0),
            unusable=self.unusable + len(apart) - len(usable),
            everything=self.everything.update(answers, drawn),
            segments={
                name: segments.update(columns[name], answers, drawn, self.roles)
                for name, segments in self.segments.items()
            },
            residuals=self.residuals.update(_numbers(usable)) if len(usable) else self.residuals,
        )

    def merge(self, other: Self) -> Self:
        """Return the sketch of all that either has seen."""
        if differing := [f.name for f in fields(Roles) if getattr(self.roles, f.name) != getattr(other.roles, f.name)]:
            name = differing[0]
            raise InputError(
                f"Two profiles have different roles: {getattr(self.roles, name)!r} and {getattr(other.roles, name)!r}.",
                field=name,
                next_step="Merge profiles that were made with the same options.",
            )
        counts = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        return replace(
            self,
            **counts,
            everything=self.everything.merge(other.everything),
            segments={name: found.merge(other.segments[name]) for name, found in self.segments.items()},
            residuals=self.residuals.merge(other.residuals),
        )

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same rows: equal, and sums of floats equal but for rounding."""
        return (
            all(getattr(self, name) == getattr(other, name) for name in ("roles", *_COUNTS))
            and self.everything.agrees(other.everything)
            and all(found.agrees(other.segments[name]) for name, found in self.segments.items())
            and self.residuals.moments.agrees(other.residuals.moments)
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        residuals = {"residuals": self.residuals.to_json()} if self.roles.problem == "Regression" else {}
        return {
            "roles": self.roles.to_json(),
            **{name: getattr(self, name) for name in _COUNTS},
            **self.everything.to_json(),
            "segments": {name: found.to_json() for name, found in self.segments.items()},
            **residuals,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        empty = cls(Roles.from_json(data["roles"]))
        return replace(
            empty,
            **{name: data[name] for name in _COUNTS},
            everything=empty.everything.read(data),
            segments={name: Segments.from_json(found, empty.roles) for name, found in data["segments"].items()},
            residuals=Feature.from_json(data.get("residuals", {})),
        )


_COUNTS: Final = ("rows", "unlabelled", "unpredicted", "unscored", "unusable")


def _parts(batch: Batch) -> Iterator[Batch]:
    for start in range(0, len(batch), _ROWS):
        end = min(start + _ROWS, len(batch))
        yield Batch({name: column.cut(start, end) for name, column in batch.columns.items()}, batch.keys[start:end])


def _column(name: str, batch: Batch) -> Column | None:
    return batch.columns.get(named(name, batch.columns) or "")


def _numbers(numbers: NDArray[np.float64]) -> Column:
    return Column(np.full(len(numbers), Kind.FRACTIONAL, np.uint8), numbers)
