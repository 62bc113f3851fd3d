"""Which column is the label, which the prediction, and what problem they are of."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Literal, Self, get_args

from kedge.domain.wire import GROUND_TRUTH_DATA
from kedge.errors import InputError, SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Problem = Literal["Regression", "BinaryClassification", "MulticlassClassification"]
PROBLEMS: tuple[Problem, ...] = get_args(Problem)

_STEP: Final = re.compile(r"""[^.\[\]'"]+|(?<=\[')[^']+(?='\])|(?<=\[")[^"]+(?="\])""")  # of a JSON path
_ANSWERS: Final = ("prediction", "probability")
_WHOLE: Final = 2.0**53  # beyond it not every float is a number that people write
_TRUTH: Final = {"true": "1", "false": "0"}
_ROWS: Final = ("predictions", "outputs")  # where a response keeps its list of rows


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of a model's answer and of the truth.

    Parameters
    ----------
    problem
        What the model solves.
    label
        The column of the truth.
    prediction
        The column of the answer: its name, its place in the response (``"0"``) or its JSON path.
    probability
        The column of the score of the positive class, likewise.
    threshold
        Where there is no prediction: positive is a probability above it.
    positive
        The positive class of a binary problem; kept as :func:`class_of` understands it.
    segments
        Columns by whose values metrics are told apart.
    answers
        The prediction columns of the baseline in its order: so a response without names is understood.
    """

    problem: Problem
    label: str
    prediction: str | None = None
    probability: str | None = None
    threshold: float = 0.5
    positive: str = "1"
    segments: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.problem not in PROBLEMS:
            raise SettingError(
                f"There is no problem {self.problem!r}.{did_you_mean(self.problem, PROBLEMS)}",
                field="--problem-type",
                next_step=f"There are: {', '.join(PROBLEMS)}.",
            )
        if self.prediction is None and (self.probability is None or self.problem != "BinaryClassification"):
            told = "Only a probability is given" if self.probability else "No prediction is given"
            raise SettingError(
                f"{told}, and the problem is {self.problem}.",
                field="--prediction",
                next_step="Name the column of the prediction; a binary problem can do with --probability.",
            )
        object.__setattr__(self, "positive", class_of(self.positive))
        if not 0 <= self.threshold <= 1:
            raise SettingError(
                f"A threshold is between 0 and 1, and not {self.threshold:g}.",
                field="--probability-threshold",
                next_step="Give one such as 0.5.",
            )

    def columns(self, names: Collection[str]) -> dict[str, str | None]:
        """Return the column of each role; None where there is none, or where none is asked for."""
        label = GROUND_TRUTH_DATA if GROUND_TRUTH_DATA in names else named(self.label, names)
        return {"label": label, **(self._called(names) or self._placed(names))}

    def within(self, names: Collection[str]) -> Self:
        """Return the roles with the names that the columns really have.

        In merged records the label is their column of the truth. A name stands for itself first; a place is the
        column called so, or that of a file without a header; a JSON path is the field that it leads to. Where
        neither prediction nor probability is there, a response without names is understood by its width.

        Raises
        ------
        InputError
            A column that is asked for is not there.
        """
        found = self.columns(names)
        understood = not self._called(names) and any(found[role] for role in _ANSWERS)
        for role, column in found.items():
            if column is None and getattr(self, role) is not None and not (understood and role in _ANSWERS):
                raise _missing(role, getattr(self, role), names)
        for segment in self.segments:
            if named(segment, names) is None:
                raise _missing("segment", segment, names)
        return replace(
            self,
            label=found["label"] or self.label,
            prediction=found["prediction"],
            probability=found["probability"],
            segments=tuple(named(segment, names) or segment for segment in self.segments),
        )

    def _called(self, names: Collection[str]) -> dict[str, str | None]:
        """Return the columns of the answer that are there by name; nothing where none is."""
        found = {role: named(getattr(self, role), names) for role in _ANSWERS}
        return found if any(found.values()) else {}

    def _placed(self, names: Collection[str]) -> dict[str, str | None]:
        """Return the columns of a response without names: as wide as the baseline's, or a single value."""
        width = next(place for place in count() if str(place) not in names)
        single = self.probability if self.problem == "BinaryClassification" and self.probability else self.prediction
        order: tuple[str | None, ...] = (single,) if width == 1 else ()
        if width == len(self.answers):
            order = self.answers
        places = {name: str(place) for place, name in enumerate(order)}
        return {role: places.get(getattr(self, role)) for role in _ANSWERS}

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return asdict(self) | {"segments": list(self.segments), "answers": list(self.answers)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(**{**data, "segments": tuple(data["segments"]), "answers": tuple(data["answers"])})


def class_of(value: float | str) -> str:
    """Return the text of a class; the empty one where the value is missing.

    >>> [class_of(value) for value in (1.0, " 1.0", "1", "True", 0.5, " blue ", "nan")]
    ['1', '1', '1', '1', '0.5', 'blue', '']
    """
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text if "_" not in text else "?")
        except ValueError:
            return _TRUTH.get(text.lower(), text)
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)


def named(asked: str | None, names: Collection[str]) -> str | None:
    """Return the column that a name, a place or a JSON path stands for."""
    if asked is None or asked in names:
        return asked
    if asked.isdecimal():
        unnamed = f"_c{asked}"  # in merged records that is a field of the request
        return unnamed if unnamed in names and GROUND_TRUTH_DATA not in names else None
    return next((path for path in _fields(asked) if path in names), None)


def _fields(path: str) -> list[str]:
    """Return the dotted names that a JSON path may have become, with and without the way to the list of rows.

    >>> _fields("$.predictions[*]['score']"), _fields("outputs[0].x[1]")
    (['predictions.*.score', 'score'], ['outputs.0.x.1', 'x.1'])
    """
    steps = _STEP.findall(path.removeprefix("$"))
    rows = next((place for place, step in enumerate(steps) if step == "*"), None)
    if rows is None and steps:
        rows = 0 if steps[0].isdecimal() else 1 if steps[0] in _ROWS and steps[1:] and steps[1].isdecimal() else None
    inner = [] if rows is None else [steps[rows + 1 :] or ["0"]]
    return [".".join(found) for found in (steps, *inner)]


def _missing(role: str, asked: str, names: Collection[str]) -> InputError:
    few = ", ".join(list(names)[:20]) + (", …" if len(names) > 20 else "")
    return InputError(
        f"There is no column {asked!r}.{did_you_mean(asked, names)}",
        field=role,
        next_step=f"There are: {few or 'none'}. Name it with --{role}.",
    )
