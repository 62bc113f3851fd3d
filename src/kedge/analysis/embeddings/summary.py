"""What a run of embeddings leaves behind: a baseline, or a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, computed_field

from kedge.analysis.embeddings.documents import (
    EmbeddingConstraints,
    EmbeddingStatistics,
    EmbeddingViolations,
    TestValue,
)
from kedge.analysis.quality.report import MetricFinding
from kedge.analysis.quality.summary import MetricSides
from kedge.analysis.report import Judged, Learned, Outline
from kedge.analysis.severity import Severity, graded

_EFFECT = {"error": 0.8, "warning": 0.2}  # of a single row's spread: what Cohen calls large, and small
_SHARE = {"error": 0.1, "warning": 0.01}


class EmbeddingsFinding(MetricFinding):
    """A violation with its reasons; ``detail`` has the ``effect``, in units of what single rows vary."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def severity(self) -> Severity:
        """How much it matters: the wrong length is an error, a p-value says how sure it is and not how large."""
        if self.metric_name == "dimension":
            return "error"
        if "effect" in self.detail:
            return graded(self.detail["effect"], _EFFECT)
        if self.metric_name == "usable_share" and self.observed is not None and self.expected is not None:
            return graded(abs(self.observed - self.expected), _SHARE)
        return "warning"


class FarRow(BaseModel):
    """A row by its place in the data, from 1: its mean cosine with the baseline, and its other columns."""

    position: int
    similarity: float
    row: dict[str, Any] | None = None


class UnusableRow(BaseModel):
    """A row whose vector cannot be used, by its place in the data, from 1."""

    position: int
    reason: str


class EmbeddingsSummary(Outline):
    """``report.json`` of embeddings."""

    monitor: str = "embeddings"
    findings: list[EmbeddingsFinding] = Field(default_factory=list)
    column: str = ""
    dimension: int | None = None
    metrics: dict[str, MetricSides] = Field(default_factory=dict)
    tests: dict[str, TestValue] = Field(default_factory=dict)
    farthest: list[FarRow] = Field(default_factory=list)
    unusable: list[UnusableRow] = Field(default_factory=list)


@dataclass(frozen=True)
class EmbeddingsBaseline(Learned[EmbeddingStatistics, EmbeddingConstraints]):
    """What normal looks like to embeddings."""


@dataclass(frozen=True)
class EmbeddingsReport(Judged[EmbeddingsSummary, EmbeddingStatistics, EmbeddingConstraints, EmbeddingViolations]):
    """The verdict of embeddings; a stored one has no ``baseline`` at hand."""

    baseline: EmbeddingsBaseline | None = None
