"""What a run of model quality leaves behind: a baseline, or a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, computed_field

from kedge.analysis.quality.documents import (
    Operator,
    QualityConstraints,
    QualityStatistics,
    QualityViolations,
)
from kedge.analysis.quality.report import MetricFinding, Selected
from kedge.analysis.report import Judged, Learned, Outline, Unreadable
from kedge.domain.roles import Problem


class Coverage(BaseModel):
    """How much of the traffic has a label by now, and how late labels come.

    ``captures`` are the rows that were captured, or all rows of data that holds its labels itself; ``orphans`` are
    labels without a capture; of a ``corrected`` one the last upload counts. Ages are from the inference to the label.
    """

    captures: int
    labelled: int
    labels: int = 0
    orphans: int = 0
    corrected: int = 0
    age_p50_seconds: float | None = None
    age_p90_seconds: float | None = None
    unreadable: int = 0
    examples: list[Unreadable] = []
    orphan_ids: list[str] = []
    unlabelled_ids: list[str] = []

    @computed_field  # type: ignore[prop-decorator]
    @property
    def share(self) -> float:
        """The share of captures with a label, 0 to 1."""
        return self.labelled / self.captures if self.captures else 0.0

    def document(self) -> dict[str, Any]:
        """Return what ``statistics.json`` says of it: numbers alone, the share as ``coverage``."""
        told = self.model_dump(exclude={"share", "examples", "orphan_ids", "unlabelled_ids"}, exclude_none=True)
        return {"coverage": self.share, **told}


class MetricSides(BaseModel):
    """One metric of the window, beside that of the baseline and what is demanded of it."""

    value: float
    standard_deviation: float | None = None
    baseline: float | None = None
    baseline_standard_deviation: float | None = None
    threshold: float | None = None
    operator: Operator | None = None


class QualitySummary(Outline):
    """``report.json`` of model quality."""

    monitor: str = "model-quality"
    findings: list[MetricFinding] = Field(default_factory=list)
    problem: Problem
    roles: dict[str, str] = Field(default_factory=dict)
    metrics: dict[str, MetricSides] = Field(default_factory=dict)
    undefined: dict[str, str] = Field(default_factory=dict)
    ground_truth: Coverage | None = None
    selection: list[Selected] = Field(default_factory=list)
    held_back: str | None = None
    changes: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class QualityBaseline(Learned[QualityStatistics, QualityConstraints]):
    """What normal looks like to model quality."""


@dataclass(frozen=True)
class QualityReport(Judged[QualitySummary, QualityStatistics, QualityConstraints, QualityViolations]):
    """The verdict of model quality; a stored one has no ``baseline`` at hand."""

    baseline: QualityBaseline | None = None
