"""What may be demanded: each check holds one comparison against its constraint. One file an item."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from kedge.analysis.distances import Distance, distances
from kedge.analysis.drift import drift
from kedge.registry import items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.documents import FeatureConstraints, MonitoringConfig
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

    @cached_property
    def drift(self) -> DriftDistance | None:
        """How far the window is from the baseline; None where either, or the expected type, is not known."""
        expected = self.constraint.inferred_type if self.constraint else "Unknown"
        if expected == "Unknown" or not self.baseline or not self.window:
            return None
        config, categorical = self.config.distribution_constraints, expected == "String"
        sides = (self.baseline, self.window)
        return drift(*sides, config, categorical=categorical, mode=self.mode, known=self.distances)


class Check(Protocol):
    """What every check is: a function, named as its file."""

    def __call__(self, comparison: Comparison, /) -> Finding | None:
        """Return what is wrong, or None."""
        ...


def checks() -> list[Check]:
    """Return every check, by name: those of this room, then those of other packages."""
    return [item.load() for item in items("check")]
