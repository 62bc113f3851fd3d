"""What may be demanded: each check holds one comparison against its constraint. One file an item.

A check is a function of the file's name. It takes one feature's :class:`Comparison` and returns a finding or None.
Its module may say

- ``JUDGES = "window"``, where it takes the :class:`Whole` window instead and yields findings;
- ``OURS = True``, where the service knows no such check, so that mode ``sagemaker`` leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from kedge.analysis.distances import Distance, distances
from kedge.analysis.drift import drift
from kedge.analysis.questions import NOTHING_ASKED, Answers
from kedge.registry import items

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kedge.analysis.documents import Constraints, FeatureConstraints, MonitoringConfig
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import DriftDistance, Finding, Mode


@dataclass(frozen=True)
class Comparison:
    """One feature of a window beside the same feature of the baseline.

    Parameters
    ----------
    name
        The feature.
    constraint
        What is demanded of it; None where only the window has it.
    config
        How strictly, with the feature's own overrides applied.
    baseline, window
        What is remembered of either side; None where that side has no such feature, or was not kept.
    mode
        ``default``, or ``sagemaker`` to judge like the service to the letter.
    columns_expected, columns_found
        How many features the constraints name and the window has.
    distances
        Every distance by name.
    answers
        What the rows of the window say.
    """

    name: str
    constraint: FeatureConstraints | None
    config: MonitoringConfig
    baseline: Feature | None
    window: Feature | None
    mode: Mode
    columns_expected: int
    columns_found: int
    distances: Mapping[str, Distance] = field(default_factory=distances)
    answers: Answers = NOTHING_ASKED

    @cached_property
    def drift(self) -> DriftDistance | None:
        """How far the window is from the baseline; None where either, or the expected type, is not known."""
        expected = self.constraint.inferred_type if self.constraint else "Unknown"
        if expected == "Unknown" or not self.baseline or not self.window:
            return None
        config, categorical = self.config.distribution_constraints, expected == "String"
        sides = (self.baseline, self.window)
        return drift(*sides, config, categorical=categorical, mode=self.mode, known=self.distances)


@dataclass(frozen=True)
class Whole:
    """A window as a whole.

    Parameters
    ----------
    constraints
        What is demanded.
    rows
        How many rows it has.
    answers
        What they say.
    """

    constraints: Constraints
    rows: int
    answers: Answers = NOTHING_ASKED


class Check(Protocol):
    """What every check of a feature is: a function, named as its file."""

    def __call__(self, comparison: Comparison, /) -> Finding | None:
        """Return what is wrong, or None."""
        ...


class WindowCheck(Protocol):
    """What every check of a whole window is."""

    def __call__(self, whole: Whole, /) -> Iterable[Finding]:
        """Return all that is wrong."""
        ...


def checks(mode: Mode = "default") -> list[Check]:
    """Return every check of a feature, by name: those of this room, then those of others."""
    return _checks("feature", mode)


def window_checks(mode: Mode = "default") -> list[WindowCheck]:
    """Return every check of a whole window, in the same order."""
    return _checks("window", mode)


def _checks(judges: str, mode: Mode) -> list[Any]:
    found = [(check, getattr(check, "__globals__", {})) for check in (item.load() for item in items("check"))]
    return [
        check
        for check, facts in found
        if facts.get("JUDGES", "feature") == judges and not (mode == "sagemaker" and facts.get("OURS"))
    ]
