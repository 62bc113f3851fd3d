"""What a verdict is made with: every check, distance and metric, and the statistics of plugins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kedge.analysis.checks import loaded
from kedge.analysis.distances import Distance, distances
from kedge.analysis.metrics import Metric, metrics
from kedge.analysis.report import Sides
from kedge.analysis.statistics import Statistic, plugged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kedge.analysis.profile import Feature


@dataclass(frozen=True)
class Items:
    """Every check, distance and metric, and the statistics of plugins: ours, those of packages, and a project's own."""

    checks: tuple[Callable[..., Any], ...]
    distances: Mapping[str, Distance]
    statistics: Mapping[str, Statistic]
    metrics: Mapping[str, Metric]

    @classmethod
    def found(cls, plugins: str | None = None) -> Self:
        """Load them all; ``plugins`` is the folder of the project's own."""
        return cls(loaded(plugins), distances(plugins), plugged(plugins), metrics(plugins))

    def measured(self, baseline: Mapping[str, Feature], window: Mapping[str, Feature]) -> dict[str, dict[str, Sides]]:
        """Return what the plugins' statistics say: by statistic, by feature, of either side."""
        names = dict.fromkeys([*baseline, *window])
        return {
            statistic.name: {
                name: found for name in names if (found := _sides(statistic, baseline.get(name), window.get(name)))
            }
            for statistic in self.statistics.values()
        }


def _sides(statistic: Statistic, baseline: Feature | None, window: Feature | None) -> Sides | None:
    before, after = (statistic(side) if side else None for side in (baseline, window))
    return None if before is None and after is None else Sides(baseline=before, window=after)
