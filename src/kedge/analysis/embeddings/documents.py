"""The documents of embeddings: statistics, constraints, violations. They are kedge's own: the service has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from kedge.analysis.documents import DatasetStatistics, Document
from kedge.analysis.quality.documents import Careful, MetricConstraint, MetricValue, QualityViolations

if TYPE_CHECKING:
    from collections.abc import Mapping

STATISTICS = "embedding_metrics"
CONSTRAINTS = "embedding_constraints"


def is_embeddings(raw: Mapping[str, Any]) -> bool:
    """Return whether a document, as it was parsed, is one of embeddings.

    >>> is_embeddings({"version": 0.0, "embedding_metrics": {}}), is_embeddings({"version": 0.0, "features": []})
    (True, False)
    """
    return not raw.keys().isdisjoint((STATISTICS, CONSTRAINTS))


class TestValue(Document):
    """What a test says of sampled rows: its value, its p-value, and how many rows of baseline and window it saw."""

    __test__ = False  # no test of pytest's

    value: float
    p_value: float
    rows: tuple[int, int]


class EmbeddingMetrics(Document):
    """The vectors of one column; those that cannot be used are counted by what is wrong with them."""

    column: str
    dimension: int | None = None
    missing: int = 0
    zero: int = 0
    not_finite: int = 0
    other_lengths: dict[str, int] = Field(default_factory=dict)
    usable_share: MetricValue | None = None
    average_similarity: MetricValue | None = None
    within_similarity: MetricValue | None = None
    mean_distance: MetricValue | None = None
    tests: dict[str, TestValue] = Field(default_factory=dict)

    @property
    def scalars(self) -> dict[str, MetricValue]:
        """Every metric that is one number, by name."""
        found = {name: getattr(self, name) for name in METRICS}
        return {name: value for name, value in found.items() if value is not None}


METRICS = ("average_similarity", "within_similarity", "mean_distance", "usable_share")


class EmbeddingStatistics(Document):
    """``statistics.json``."""

    version: float = 0.0
    dataset: DatasetStatistics
    embedding_metrics: EmbeddingMetrics


class EmbeddingDemands(Careful):
    """What is demanded of the vectors of one column; of a test its threshold is of the p-value."""

    column: str
    dimension: int
    average_similarity: MetricConstraint | None = None
    mean_distance: MetricConstraint | None = None
    usable_share: MetricConstraint | None = None
    tests: dict[str, MetricConstraint] = Field(default_factory=dict)

    @property
    def metrics(self) -> dict[str, MetricConstraint]:
        """The demands by the metric's name, tests last."""
        found = {name: getattr(self, name, None) for name in METRICS}
        return {name: demand for name, demand in found.items() if demand is not None} | self.tests


class EmbeddingConstraints(Careful):
    """``constraints.json``."""

    version: float = 0.0
    embedding_constraints: EmbeddingDemands


EmbeddingViolations = QualityViolations
