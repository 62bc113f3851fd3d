"""What is counted: which columns, which of their values, and how these are understood."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal, Self

from kedge.domain.roles import Roles, class_of, named
from kedge.domain.wire import GROUND_TRUTH_DATA
from kedge.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

BETWEEN = " & "
Value = bool | int | float | str
Kind = Literal["categorical", "continuous"]


@dataclass(frozen=True, slots=True)
class Facet:
    """A column, and the values or the threshold of those at a disadvantage; none stands for each value in turn."""

    name: str
    values: tuple[Value, ...] = ()

    @property
    def told(self) -> str:
        """The values as the service's file says them."""
        return ",".join(map(str, self.values))

    @property
    def key(self) -> str:
        """What tells it from others, of the same column too."""
        return f"{self.name}={self.told}" if self.values else self.name


@dataclass(frozen=True)
class Plan:
    """What is counted.

    Parameters
    ----------
    label
        The column of the truth.
    positive
        The label's values that are to be wished for, or the one threshold above which they lie.
    facets
        Those by which rows are told apart.
    prediction, probability, threshold
        The column of the answer, that of its score, and above which score the answer is positive; without both there
        is only what can be said of labels.
    group
        The column of the strata for conditional demographic disparity.
    intersections
        Facets that are looked at together: at a disadvantage is who is so by each of them.
    excluded
        Columns that take no part in the flip test.
    classes
        Where the prediction is a list of probabilities, the labels that they are of, in order: the likeliest is the
        answer.
    answers
        The prediction columns of the baseline in its order: so a response without names is understood.
    kinds
        How facets, by key, and the label, by the empty text, are understood: decided once, when a baseline is learned.
    least
        With fewer rows on a side there is no verdict.
    """

    label: str
    positive: tuple[Value, ...]
    facets: tuple[Facet, ...]
    prediction: str | None = None
    probability: str | None = None
    threshold: float = 0.5
    group: str | None = None
    intersections: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    least: int = 30

    @property
    def answered(self) -> bool:
        """Whether there are predictions."""
        return self.prediction is not None or self.probability is not None

    @property
    def roles(self) -> Roles:
        """The roles of the columns; without predictions the label stands for its own."""
        told = self.prediction if self.answered else self.label
        return Roles("BinaryClassification", self.label, told, self.probability, self.threshold, answers=self.answers)

    def columns(self, names: Collection[str]) -> dict[str, str | None]:
        """Return the columns of label, prediction and probability; a list of probabilities is no feature."""
        names = [*names, str(self.prediction)] if self.classes else names
        found = self.roles.columns(names)
        if found["label"] is None:
            found["label"] = placed(self.label, names)
        return found if self.answered else {**found, "prediction": None, "probability": None}

    @property
    def parts(self) -> dict[str, tuple[Facet, ...]]:
        """All that sides are told by: each facet, then each intersection, by their keys."""
        single = {facet.key: (facet,) for facet in self.facets}
        named = {facet.name: facet for facet in reversed(self.facets)}
        crossed = [tuple(named[name] for name in part) for part in self.intersections]
        return single | {BETWEEN.join(facet.key for facet in part): part for part in crossed}

    def agrees(self, other: Plan) -> str | None:
        """Return the first field in which two plans differ; kinds that one side has not decided are no difference."""
        both = self.kinds.keys() & other.kinds.keys()
        if any(self.kinds[name] != other.kinds[name] for name in both):
            return "kinds"
        return next(
            (f.name for f in fields(self) if f.name != "kinds" and getattr(self, f.name) != getattr(other, f.name)),
            None,
        )

    def within(self, names: Collection[str]) -> None:
        """See that every column is there.

        Raises
        ------
        InputError
            One is not.
        """
        found = self.columns(names)
        if found["label"] is None:
            raise _missing("label", self.label, names)
        if self.answered and not (found["prediction"] or found["probability"]):
            asked = self.prediction or self.probability or ""
            raise _missing("prediction" if self.prediction else "probability", asked, names)
        for facet in self.facets:
            if placed(facet.name, names) is None:
                raise _missing("facet", facet.name, names)
        if self.group is not None and placed(self.group, names) is None:
            raise _missing("group_variable", self.group, names)

    def deciding(self, kinds: Mapping[str, Kind]) -> Self:
        """Return the plan with the kinds of further columns decided; what was decided stays."""
        return replace(self, kinds={**kinds, **self.kinds})

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        facets = tuple(Facet(entry["name"], tuple(entry["values"])) for entry in data["facets"])
        lists = {name: tuple(data.get(name, ())) for name in ("positive", "excluded", "classes", "answers")}
        crossed = tuple(map(tuple, data["intersections"]))
        return cls(**{**data, **lists, "facets": facets, "intersections": crossed})


def placed(asked: str, names: Collection[str]) -> str | None:
    """Return the column that a name, an index or a JSON path stands for; an index counts the fields of the request.

    >>> placed("1", ["age", "sex"]), placed("1", ["0", "_c0", "_c1", "groundTruthData"]), placed("sex", ["sex"])
    ('sex', '_c1', 'sex')
    """
    if asked.isdecimal():
        answers = len(list(takewhile(lambda pair: pair[1] == str(pair[0]), enumerate(names))))
        request = [name for name in list(names)[answers:] if name != GROUND_TRUTH_DATA]
        if asked not in request and int(asked) < len(request):
            return request[int(asked)]
    return named(asked, names)


def known(values: tuple[Value, ...]) -> frozenset[str]:
    """Return the classes of configured values: 1, 1.0, "1" and true are one."""
    return frozenset(class_of(value if isinstance(value, str) else float(value)) for value in values)


def threshold(values: tuple[Value, ...]) -> float | None:
    """Return the number that a single configured value may be a threshold by; None where it is none."""
    if len(values) != 1 or isinstance(values[0], bool):
        return None
    try:
        return float(values[0])
    except ValueError:
        return None


def _missing(role: str, asked: str, names: Collection[str]) -> InputError:
    few = ", ".join(list(names)[:20]) + (", …" if len(names) > 20 else "")
    return InputError(
        f"There is no column {asked!r}.{did_you_mean(asked, names)}",
        field=role,
        next_step=f"There are: {few or 'none'}.",
    )
