"""What is remembered of facets, labels and answers together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import numpy as np

from kedge.analysis.batch import Batch, Column, Kind, Texts, Vectors
from kedge.analysis.bias.plan import Plan, placed
from kedge.analysis.bias.states import AMONG, BEYOND, MISSING, NAMES, OTHER, highest, states
from kedge.analysis.bias.tally import Places, Tally, crossed
from kedge.analysis.quality.answers import NONE, Answers, Classes
from kedge.analysis.quality.confusion import Confusion
from kedge.analysis.quality.replicas import POISSON, weights
from kedge.analysis.sketches.sample import Sample
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from kedge.analysis.bias.plan import Facet

    States = NDArray[np.uint8]

FLIP_ROWS: Final = 5000
MATRIX: Final = 50
_ROWS: Final = 1 << 17  # at a time: the weights of all replicas stay small
_NUMERIC: Final = (Kind.FRACTIONAL, Kind.INTEGRAL, Kind.BOOLEAN, Kind.MISSING)


def _no_classes() -> Confusion:
    return Confusion(np.zeros((1, 0), np.int64))


@dataclass(frozen=True)
class Answered:
    """What the rows of a batch say, as the configuration understands it.

    Attributes
    ----------
    label, answer
        The states of the label and of the answer, ``(n,)``; an answer that is missing is ``MISSING``.
    facets
        The state of each facet, or, of one without configured values, the place of its value.
    """

    label: States
    answer: States
    facets: Mapping[str, Places]

    @classmethod
    def of(cls, plan: Plan, batch: Batch) -> Self:
        """Return what a batch says; a column that it has not is missing in its rows."""
        names, n = plan.columns(batch.columns), len(batch)
        told, scored = (batch.columns.get(names[role] or "") for role in ("prediction", "probability"))
        label = states(batch.columns.get(names["label"] or ""), plan.positive, n)
        answer = states(told, plan.positive, n) if told is not None or scored is None else _above(plan, scored)
        return cls(label, answer, {facet.key: _facet(facet, batch) for facet in plan.facets})

    def crossed(self, part: Sequence[Facet]) -> Places:
        """Return the places of several facets' states together."""
        return crossed([self.facets[facet.key] for facet in part])


@dataclass(frozen=True)
class Bias:
    """Facets, labels and answers together: the joint sketch of bias.

    Every facet, and every intersection, has its contingency with label and answer, in the rows as they are and in 50
    replicas of a bootstrap, where rows of one key count the same. Whoever has no value of a facet is on the side
    outside of the configured value. Rows without a label are counted and left out.

    Attributes
    ----------
    plan
        What is counted.
    rows, unlabelled, unanswered, unfaceted
        All rows seen; those without a label; of the others, those without an answer, and by facet those without value.
    facets
        The tally of each facet and of each intersection, by key.
    tops
        The highest number of each facet and of the label (the empty text), which closes a continuous one's interval.
    classes, many_classes
        How often each class of the label was answered with each; not any more, once there are more than 50.
    sample
        The rows of the flip test: those with the 5,000 smallest keys, which are also its order; none, once a column
        that is no facet holds texts, as the test takes numbers only.
    worded, wordy
        The facets that hold texts, and the first of the other columns that does.

    Raises
    ------
    InputError
        While merging: two sketches count different things.
    """

    OF_ROWS: ClassVar[bool] = True

    plan: Plan
    rows: int = 0
    unlabelled: int = 0
    unanswered: int = 0
    unfaceted: Mapping[str, int] = field(default_factory=dict)
    facets: Mapping[str, Tally] = field(default_factory=dict)
    tops: Mapping[str, float] = field(default_factory=dict)
    classes: Confusion = field(default_factory=_no_classes)
    many_classes: bool = False
    sample: Sample = field(default_factory=lambda: Sample(size=FLIP_ROWS))
    worded: frozenset[str] = frozenset()
    wordy: str | None = None

    def __post_init__(self) -> None:
        if not self.facets:
            object.__setattr__(self, "facets", {key: Tally() for key in self.plan.parts})

    def update(self, batch: Batch) -> Self:
        """Return the sketch of all that was seen and of this batch."""
        batch = _answered(self.plan, batch)
        found = self._sampled(batch) if self.plan.answered else self
        for part in _parts(batch):
            found = found._with(part)._classified(part)
        return found

    def _with(self, batch: Batch) -> Self:
        told = Answered.of(self.plan, batch)
        kept = told.label != MISSING
        group = self._groups(batch)
        drawn = weights(batch.keys[kept])[:POISSON]
        drawn = np.concatenate([np.ones((1, drawn.shape[1]), np.uint8), drawn])
        label, answer = told.label[kept], told.answer[kept]
        every = {key: told.crossed(part) for key, part in self.plan.parts.items()}
        value = {key: Places(found.places[kept], found.texts) for key, found in every.items()}
        strata = Places(group.places[kept], group.texts)
        return replace(
            self,
            rows=self.rows + len(batch),
            unlabelled=self.unlabelled + int((~kept).sum()),
            unanswered=self.unanswered + int((answer == MISSING).sum()),
            unfaceted=_summed(self.unfaceted, {facet.name: _missing(value[facet.key]) for facet in self.plan.facets}),
            facets={key: tally.update(value[key], strata, label, answer, drawn) for key, tally in self.facets.items()},
            tops=_highest(self.tops, self._tops(batch)),
        )

    def _classified(self, batch: Batch) -> Self:
        """Count classes, as long as they are few."""
        if self.many_classes or not self.plan.answered:
            return self
        answers = Answers.of(self.plan.roles, batch)
        kept = answers.labelled & answers.answered
        actual, predicted = answers.actual[kept], answers.predicted[kept]
        if len(np.unique(np.concatenate([actual, predicted]))) > MATRIX:
            return replace(self, classes=_no_classes(), many_classes=True)
        named = Places(np.concatenate([actual, predicted]), answers.classes).used()
        once, (first, second) = np.ones((1, len(actual)), np.uint8), np.split(named.places, 2)
        return self._matrix(Confusion.of(once, first, second, named.texts)) if len(actual) else self

    def _matrix(self, other: Confusion, many: bool = False) -> Self:
        classes = self.classes.merge(other)
        many = many or self.many_classes or len(classes.classes) > MATRIX
        return replace(self, classes=_no_classes() if many else classes, many_classes=many)

    def _groups(self, batch: Batch) -> Places:
        group = self.plan.group
        column = batch.columns.get(placed(group, batch.columns) or "") if group is not None else None
        return _valued(column, len(batch))

    def _tops(self, batch: Batch) -> dict[str, float]:
        names = {facet.name: placed(facet.name, batch.columns) for facet in self.plan.facets}
        names[""] = self.plan.columns(batch.columns)["label"]
        found = {name: highest(batch.columns.get(place or "")) for name, place in names.items()}
        return {name: top for name, top in found.items() if top is not None}

    def _sampled(self, batch: Batch) -> Self:
        """Remember rows for the flip test, as long as it can be made."""
        facets = {placed(facet.name, batch.columns): facet.name for facet in self.plan.facets}
        apart = {*self.plan.columns(batch.columns).values(), *self.plan.excluded}
        worded = {name for name, column in batch.columns.items() if name not in apart and column.counts[Kind.STRING]}
        return self._judged(
            {facets[name] for name in worded if name in facets}, min(worded - facets.keys(), default=None)
        )._remembering(batch)

    def _judged(self, worded: Collection[str], wordy: str | None) -> Self:
        """Say which columns hold texts; with one that is no facet no row is of use."""
        first = min((name for name in (self.wordy, wordy) if name is not None), default=None)
        sample = self.sample if first is None else Sample(size=0)
        return replace(self, worded=self.worded | frozenset(worded), wordy=first, sample=sample)

    def _remembering(self, batch: Batch) -> Self:
        return replace(self, sample=self.sample.update(batch)) if self.sample.size else self

    def without_rows(self) -> Self:
        """Return the sketch without the rows of the flip test."""
        return replace(self, sample=Sample(size=0))

    def deciding(self, plan: Plan) -> Self:
        """Return the sketch with the kinds of columns decided."""
        return replace(self, plan=plan)

    def merge(self, other: Self) -> Self:
        """Return the sketch of all that either has seen."""
        if (name := self.plan.agrees(other.plan)) is not None:
            raise InputError(
                f"Two profiles count different things: {getattr(self.plan, name)!r} and {getattr(other.plan, name)!r}.",
                field=name,
                next_step="Merge profiles that were made with the same configuration.",
            )
        found = replace(
            self,
            plan=self.plan.deciding(other.plan.kinds),
            **{name: getattr(self, name) + getattr(other, name) for name in _COUNTS},
            unfaceted=_summed(self.unfaceted, other.unfaceted),
            facets={name: tally.merge(other.facets[name]) for name, tally in self.facets.items()},
            tops=_highest(self.tops, other.tops),
            sample=self.sample.merge(other.sample),
        )
        return found._judged(other.worded, other.wordy)._matrix(other.classes, other.many_classes)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "plan": self.plan.to_json(),
            **{name: getattr(self, name) for name in _COUNTS},
            "unfaceted": dict(sorted(self.unfaceted.items())),
            "facets": {name: tally.to_json() for name, tally in self.facets.items()},
            "tops": dict(sorted(self.tops.items())),
            "classes": self.classes.to_json(),
            "many_classes": self.many_classes,
            "worded": sorted(self.worded),
            "wordy": self.wordy,
            "sample": self.sample.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(
            plan=Plan.from_json(data["plan"]),
            **{name: data[name] for name in _COUNTS},
            unfaceted=dict(data["unfaceted"]),
            facets={name: Tally.from_json(tally) for name, tally in data["facets"].items()},
            tops=dict(data["tops"]),
            classes=Confusion.from_json(data["classes"]),
            many_classes=data["many_classes"],
            worded=frozenset(data["worded"]),
            wordy=data["wordy"],
            sample=Sample.from_json(data["sample"]),
        )


_COUNTS: Final = ("rows", "unlabelled", "unanswered")


def _facet(facet: Facet, batch: Batch) -> Places:
    column = batch.columns.get(placed(facet.name, batch.columns) or "")
    if not facet.values:
        return _valued(column, len(batch))
    return Places(states(column, facet.values, len(batch)).astype(np.int64), NAMES)


def _valued(column: Column | None, rows: int) -> Places:
    """Return the place of each row's value; that of rows without is the empty text."""
    found = Classes.of(column, rows)
    return Places(np.where(found.places == NONE, len(found.texts), found.places), (*found.texts, ""))


def _above(plan: Plan, scored: Column) -> States:
    """Return the answers that a probability gives: positive, however labels are understood, or not."""
    scores = _finite(scored)
    positive = np.where(scores > plan.threshold, AMONG | BEYOND, OTHER)
    found: States = np.where(np.isnan(scores), MISSING, positive).astype(np.uint8)
    return found


def _finite(column: Column) -> NDArray[np.float64]:
    numeric = ((column.kinds == Kind.FRACTIONAL) | (column.kinds == Kind.INTEGRAL)) & np.isfinite(column.numbers)
    found: NDArray[np.float64] = np.where(numeric, column.numbers, np.nan)
    return found


def _answered(plan: Plan, batch: Batch) -> Batch:
    """Return a batch with the likeliest class as the prediction, where that is a list of probabilities.

    A response of as many numbers, which have no names, is the list, too.
    """
    name, places = plan.prediction or "", list(map(str, range(len(plan.classes))))
    lists, columns = batch.vectors.get(name), dict(batch.columns)
    if plan.classes and lists is None and columns.keys() >= {*places}:
        lists = _together([columns.pop(place) for place in places])
    if not plan.classes or lists is None:
        return batch
    return replace(batch, columns={**columns, name: _likeliest(lists, plan.classes)})


def _together(columns: Sequence[Column]) -> Vectors:
    rows = np.arange(len(columns[0]) + 1) * len(columns)
    return Vectors(rows, np.stack([_finite(column) for column in columns], axis=1).reshape(-1))


def _likeliest(vectors: Vectors, classes: Sequence[str]) -> Column:
    """Return the class of each row's highest number, of equal ones the first; a list of another length has none."""
    rows = np.flatnonzero(vectors.sizes == len(classes))
    found = vectors.where(vectors.sizes == len(classes)).matrix(len(classes))
    good = np.isfinite(found).all(axis=1)
    kinds = np.full(len(vectors), Kind.MISSING, np.uint8)
    kinds[rows[good]] = Kind.STRING
    texts = Texts.of(classes).at(found[good].argmax(axis=1))
    return Column(kinds, np.full(len(vectors), np.nan), texts, rows[good])


def _missing(found: Places) -> int:
    return int((found.places == found.texts.index("")).sum())


def _summed(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


def _highest(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: max(side[name] for side in (one, other) if name in side) for name in {**one, **other}}


def _parts(batch: Batch) -> Iterator[Batch]:
    for start in range(0, len(batch), _ROWS):
        end = min(start + _ROWS, len(batch))
        yield Batch({name: column.cut(start, end) for name, column in batch.columns.items()}, batch.keys[start:end])
