"""What a run of bias leaves behind: a baseline, or a report."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, Field

from kedge.analysis.bias.documents import BiasAnalysis, BiasViolations
from kedge.analysis.bias.report import BiasFinding
from kedge.analysis.quality.summary import Coverage
from kedge.analysis.report import Judged, Learned, Outline


class BiasSides(BaseModel, ser_json_inf_nan="strings"):
    """One metric of one value of a facet in the window, beside the baseline's, and where it may lie."""

    facet: str
    facet_value: str
    metric_name: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    baseline: float | None = None
    allowed_range: tuple[float, float] | None = None
    error: str | None = None


class BiasSummary(Outline):
    """``report.json`` of bias."""

    monitor: str = "bias"
    findings: list[BiasFinding] = Field(default_factory=list)
    roles: dict[str, str] = Field(default_factory=dict)
    metrics: list[BiasSides] = Field(default_factory=list)
    ground_truth: Coverage | None = None


@dataclass(frozen=True)
class BiasBaseline(Learned[BiasAnalysis, BiasAnalysis]):
    """What normal looks like to bias: ``statistics`` and ``constraints`` are one document."""


@dataclass(frozen=True)
class BiasReport(Judged[BiasSummary, BiasAnalysis, BiasAnalysis, BiasViolations]):
    """The verdict of bias; a stored one has no ``baseline`` at hand."""

    baseline: BiasBaseline | None = None
