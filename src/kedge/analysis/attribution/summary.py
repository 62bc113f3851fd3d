"""What a run of feature attribution leaves behind: a baseline, or a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, computed_field

from kedge.analysis.attribution import severity as severities
from kedge.analysis.attribution.documents import METRIC, AttributionAnalysis, AttributionViolations
from kedge.analysis.attribution.kernel_shap import Method
from kedge.analysis.report import Judged, Learned, Outline
from kedge.analysis.severity import Severity


class AttributionFinding(BaseModel):
    """A violation with its reasons: ``observed`` is the NDCG of a label, or what is demanded of one feature.

    ``lower`` and ``upper`` are where it may be, but for chance. One that the service wrote has no figures.
    """

    label: str
    metric_name: str = METRIC
    constraint_check_type: str
    description: str
    feature_name: str | None = None
    observed: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    detail: dict[str, Any] = {}
    hint: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return severities.severity(self)


class FeatureSides(BaseModel):
    """One feature's attribution in the window, beside the baseline's.

    Ranks count from 1, the largest size first; features of one size share the best. ``moved`` says that ``lower`` to
    ``upper``, where the ``change`` may be but for chance, does not hold 0; it is None where chance is not known.
    """

    value: float
    share: float
    rank: int
    standard_deviation: float | None = None
    baseline: float | None = None
    baseline_share: float | None = None
    baseline_rank: int | None = None
    change: float | None = None
    lower: float | None = None
    upper: float | None = None
    moved: bool | None = None


class LabelSummary(BaseModel):
    """One label: its NDCG with the ends of its interval, and its features, the most important of the window first."""

    ndcg: float | None = None
    lower: float | None = None
    upper: float | None = None
    threshold: float
    expected_value: float | None = None
    baseline_expected_value: float | None = None
    features: dict[str, FeatureSides] = {}


class AttributionSummary(Outline):
    """``report.json`` of feature attribution."""

    monitor: str = "attribution"
    findings: list[AttributionFinding] = Field(default_factory=list)
    labels: dict[str, LabelSummary] = Field(default_factory=dict)
    rows_explained: int | None = None
    exact: bool | None = None
    method: Method | None = None
    agg_method: str | None = None


@dataclass(frozen=True)
class AttributionBaseline(Learned[AttributionAnalysis, AttributionAnalysis]):
    """What normal looks like to feature attribution; both documents are the one file."""


@dataclass(frozen=True)
class AttributionReport(
    Judged[AttributionSummary, AttributionAnalysis, AttributionAnalysis, AttributionViolations],
):
    """The verdict of feature attribution; a stored one has no ``baseline`` at hand."""

    baseline: AttributionBaseline | None = None
