"""What may be demanded: each check holds one comparison against its constraint. One file an item.

A check is a function of the file's name. It takes one feature's :class:`Comparison` and returns a finding or None.
Its module may say

- ``JUDGES = "window"``, where it takes the :class:`Whole` window instead and yields findings;
- ``OURS = True``, where the service knows no such check, so that mode ``sagemaker`` leaves it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, wraps
from inspect import unwrap
from typing import TYPE_CHECKING, Any, Protocol

from kedge.analysis.distances import Distance, distances
from kedge.analysis.drift import drift
from kedge.analysis.questions import NOTHING_ASKED, Answers
from kedge.analysis.report import Finding
from kedge.errors import PluginError, did_you_mean
from kedge.registry import OURS, items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kedge.analysis.documents import Constraints, FeatureConstraints, MonitoringConfig
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import DriftDistance, Mode
    from kedge.analysis.statistics import Statistic
    from kedge.registry import Item


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
    statistics
        Every statistic of a plugin by name.
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
    statistics: Mapping[str, Statistic] = field(default_factory=dict)

    def statistic(self, name: str) -> tuple[float | None, float | None]:
        """Return a plugin's statistic of the baseline and of the window; None for what a side does not have."""
        if name not in self.statistics:
            raise KeyError(f"no plugin has a statistic {name!r}{did_you_mean(name, self.statistics)}")
        of = self.statistics[name]
        return of(self.baseline) if self.baseline else None, of(self.window) if self.window else None

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


def loaded(plugins: str | None = None) -> tuple[Callable[..., Any], ...]:
    """Return every check, by name: those of this room, of other packages, and of the folder ``plugins``."""
    return tuple(_of(item) for item in items("check", plugins))


def checks(mode: Mode = "default", known: Sequence[Callable[..., Any]] | None = None) -> list[Check]:
    """Return every check of a feature, of those that are ``known`` where the caller has them."""
    return _checks("feature", mode, known)


def window_checks(mode: Mode = "default", known: Sequence[Callable[..., Any]] | None = None) -> list[WindowCheck]:
    """Return every check of a whole window, in the same order."""
    return _checks("window", mode, known)


def judges(check: Callable[..., Any]) -> str:
    """Return what a check judges: a ``feature``, or the ``window``."""
    return str(_facts(check).get("JUDGES", "feature"))


def _checks(judged: str, mode: Mode, known: Sequence[Callable[..., Any]] | None) -> list[Any]:
    return [
        check
        for check in (loaded() if known is None else known)
        if judges(check) == judged and not (mode == "sagemaker" and _facts(check).get("OURS"))
    ]


def _facts(check: Callable[..., Any]) -> Mapping[str, Any]:
    return getattr(unwrap(check), "__globals__", {})


def _of(item: Item) -> Callable[..., Any]:
    """Return a check; one of a plugin is held to return findings and nothing else."""
    check: Callable[..., Any] = item.load()

    @wraps(check)
    def strict(judged: object) -> Any:
        found = check(judged)
        every = found if judges(check) == "window" else [] if found is None else [found]
        if isinstance(every, list | tuple) and all(isinstance(one, Finding) for one in every):
            return found
        raise PluginError(
            f"The check {item.name!r} returned {found!r}.",
            file=item.source,
            next_step="Return a Finding, or None where nothing is wrong; of a whole window, a list of findings.",
        )

    return check if item.source == OURS else strict
