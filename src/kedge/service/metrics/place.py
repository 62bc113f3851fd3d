"""Under which namespace and dimensions the metrics of an execution are published (the specification, 8.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kedge.domain import wire
from kedge.domain.families import OWN
from kedge.domain.metric import Metric, Point

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from kedge.domain.catalog import Execution, MonitoringType
    from kedge.domain.metric import Datum

# The last word of a monitor's namespace; that of embeddings is ours, and an own analyzer's is what the service takes.
WORDS: Final[Mapping[MonitoringType, str]] = {
    "DataQuality": "data-metrics",
    "ModelQuality": "model-metrics",
    "ModelBias": "bias-metrics",
    "ModelExplainability": "explainability-metrics",
    "Embeddings": "embedding-metrics",
    "Custom": "data-metrics",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the metrics of an execution are published: a figure of its window has the time at which that begins."""

    execution: Execution

    @property
    def namespace(self) -> str:
        """The namespace of its monitor."""
        endpoint = self.execution.endpoint_name
        owner = wire.ENDPOINT_NAMESPACE if endpoint else wire.BATCH_NAMESPACE
        return f"{owner}/{WORDS[self.execution.monitoring_type]}"

    @property
    def ended(self) -> datetime:
        """When it ended."""
        return self.execution.end_time or self.execution.scheduled_time

    def metric(self, name: str, **dimensions: str) -> Metric:
        """Return a metric of its monitor."""
        return Metric.of(self.namespace, name, {**self.dimensions, **dimensions})

    @property
    def dimensions(self) -> dict[str, str | None]:
        """What every metric of its monitor has."""
        schedule = self.execution.monitoring_schedule_name
        return {wire.ENDPOINT_DIMENSION: self.execution.endpoint_name, wire.SCHEDULE_DIMENSION: schedule}

    def figure(self, name: str, value: float, **dimensions: str) -> Datum:
        """Return a figure of its window."""
        return self.metric(name, **dimensions), Point(self.execution.window.start, value)

    def of_job(self, name: str, value: float) -> Datum:
        """Return a figure of the run itself, at the time at which it ended."""
        whose = {wire.JOB_DIMENSION: self.execution.monitoring_schedule_name}
        return Metric.of(wire.JOB_NAMESPACE, name, whose), Point(self.ended, value)

    def of_ours(self, name: str, value: float) -> Datum:
        """Return a figure of the run that no service has published."""
        return Metric.of(OWN, name, self.dimensions), Point(self.ended, value)
