from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kedge.analysis.quality import suggest
from kedge.analysis.quality.documents import METRICS, QualityStatistics, QualityViolations
from kedge.analysis.quality.report import MetricFinding
from kedge.analysis.quality.summary import MetricSides, QualityBaseline, QualityReport, QualitySummary

if TYPE_CHECKING:
    from collections.abc import Callable


def statistics(block: dict[str, Any], problem: Any, segments: Any = None) -> QualityStatistics:
    values = {key: {"value": value} if isinstance(value, float) else value for key, value in block.items()}
    data = {"dataset": {"item_count": 1000}, METRICS[problem]: values, "segments": segments}
    return QualityStatistics.model_validate(data)


def report(
    window: dict[str, Any],
    baseline: dict[str, Any] | None = None,
    problem: Any = "BinaryClassification",
    segments: Any = None,
    **summary: Any,
) -> QualityReport:
    """Return a report of metrics by name; plain numbers are given an unknown deviation."""
    seen, known = statistics(window, problem, segments), statistics(baseline or {}, problem)
    demands = suggest.constraints(known)
    sides = {
        name: MetricSides(value=found.value, standard_deviation=0.01) for name, found in seen.metrics.scalars.items()
    }
    for name, found in known.metrics.scalars.items():
        demand = demands.metrics.get(name)
        told = {"threshold": demand.threshold, "operator": demand.comparison_operator} if demand else {}
        if name in sides:
            sides[name] = sides[name].model_copy(update={"baseline": found.value} | told)
    made = {"kedge": "1.0", "created": "2024-05-01T10:00:00Z", "problem": problem, "metrics": sides} | summary
    learned = QualityBaseline(known, demands) if baseline else None
    return QualityReport(QualitySummary(**made), seen, demands, QualityViolations(), (), learned)


def finding(name: str, observed: float | None = 0.5, expected: float | None = 0.8, **more: Any) -> MetricFinding:
    kind = "LessThanThreshold"
    made = {"description": f"Metric {name} was {kind}", "observed": observed, "expected": expected} | more
    return MetricFinding(metric_name=name, constraint_check_type=kind, **made)


@pytest.fixture
def quality_report() -> Callable[..., QualityReport]:
    return report


@pytest.fixture
def broken() -> Callable[..., MetricFinding]:
    return finding
