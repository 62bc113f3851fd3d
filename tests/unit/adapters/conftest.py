from __future__ import annotations

import io
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from rich.console import Console

from kedge.analysis.attribution.documents import AttributionAnalysis, AttributionViolations
from kedge.analysis.attribution.evaluate import evaluate
from kedge.analysis.attribution.kernel_shap import Explanation
from kedge.analysis.attribution.measure import Measured
from kedge.analysis.attribution.summary import AttributionBaseline, AttributionReport, AttributionSummary
from kedge.analysis.bias.documents import BiasAnalysis, BiasViolations
from kedge.analysis.bias.report import BiasFinding
from kedge.analysis.bias.summary import BiasBaseline, BiasReport, BiasSides, BiasSummary
from kedge.analysis.quality import suggest
from kedge.analysis.quality.documents import METRICS, QualityStatistics, QualityViolations
from kedge.analysis.quality.report import MetricFinding
from kedge.analysis.quality.summary import MetricSides, QualityBaseline, QualityReport, QualitySummary
from kedge.analysis.report import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


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


# --- bias -----------------------------------------------------------------------------------------------


def unfair(metric: str = "DPPL", observed: float | None = 0.3, value: str = "F", **more: Any) -> BiasFinding:
    """Return a violation: by default the range is 0.1 to either side of 0."""
    told = {"constraint_check_type": "bias_drift_check", "description": "Metric value 0.3 doesn't meet 0.1"}
    figures = {"expected": 0.1, "allowed_range": (-0.1, 0.1), "interval": (0.25, 0.35)} if observed else {}
    made = {"facet": "sex", "facet_value": value, "observed": observed, **told, **figures} | more
    return BiasFinding(metric_name=metric, **made)


def biased(window: dict[str, dict[str, float]], rows: int = 500, **summary: Any) -> BiasReport:
    """Return a report of metrics by value of the facet ``sex``; the baseline has 0.1 of each."""
    side = {"rows": rows, "positive_labels": rows // 4, "predictions": rows, "positive_predictions": rows // 5}
    sides = {"advantaged": {**side, "rows": 900, "predictions": 900}, "disadvantaged": side}

    def analysis(values: dict[str, dict[str, float]]) -> BiasAnalysis:
        entries = [
            {
                "value_or_threshold": value,
                "metrics": [{"name": name, "value": number} for name, number in metrics.items()],
                **sides,
            }
            for value, metrics in values.items()
        ]
        section = {"label": "paid", "facets": {"sex": entries}, "label_value_or_threshold": "1"}
        return BiasAnalysis.model_validate({"post_training_bias_metrics": section})

    known = analysis({value: dict.fromkeys(metrics, 0.1) for value, metrics in window.items()})
    told = {"baseline": 0.1, "allowed_range": (-0.1, 0.1)}
    metrics = [
        BiasSides(
            facet="sex",
            facet_value=value,
            metric_name=name,
            value=number,
            interval=(number - 0.05, number + 0.05),
            **told,
        )
        for value, found in window.items()
        for name, number in found.items()
    ]
    made = {"kedge": "1.0", "created": "2024-05-01T10:00:00Z", "metrics": metrics} | summary
    seen = analysis(window)
    return BiasReport(BiasSummary(**made), seen, seen, BiasViolations(), (), BiasBaseline(known, known))


@pytest.fixture
def bias_report() -> Callable[..., BiasReport]:
    return biased


@pytest.fixture
def treated() -> Callable[..., BiasFinding]:
    return unfair


# --- feature attribution --------------------------------------------------------------------------------


def attributed(
    window: dict[str, float],
    baseline: dict[str, float],
    demands: Any = None,
    mode: Any = "default",
    spread: float = 0.001,
) -> AttributionReport:
    """Return the report of one label whose features have these values, with so much chance in the window's."""
    known = {
        "global_shap_values": baseline,
        "expected_value": 0.4,
        "standard_deviations": dict.fromkeys(baseline, 0.001),
    }
    analysis = AttributionAnalysis.model_validate(
        {"explanations": {"kernel_shap": {"approve": known}}, "feature_constraints": demands}
    )
    values = np.array(list(window.values()))[:, None]
    replicas = values + np.random.default_rng(0).normal(0, spread, (50, *values.shape))
    rows = Explanation(np.zeros((300, *values.shape)), np.array([0.5]), True)
    findings, labels, notes = evaluate(analysis, Measured(tuple(window), ("approve",), rows, values, replicas), mode)
    seen = AttributionAnalysis.model_validate(
        {"explanations": {"kernel_shap": {"approve": {"global_shap_values": window}}}}
    )
    summary = AttributionSummary(
        kedge="1.0",
        created="2024-05-01T10:00:00Z",
        mode=mode,
        reading=Reading(rows=43_201, notes=notes),
        findings=findings,
        labels=labels,
        rows_explained=300,
        exact=True,
        agg_method="mean_abs",
    )
    learned = AttributionBaseline(analysis, analysis)
    return AttributionReport(summary, seen, seen, AttributionViolations(), (), learned)


@pytest.fixture
def attribution_report() -> Callable[..., AttributionReport]:
    return attributed


# --- what a person sees ---------------------------------------------------------------------------------


def seen(html: str) -> str:
    """Return the text of a page, without its style."""
    bare = re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script)>.*?</\1>", "", html, flags=re.DOTALL))
    return " ".join(unescape(bare).split())


def shown(parts: Iterable[Any], width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    for part in parts:
        console.print(part)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


@pytest.fixture
def text() -> Callable[[str], str]:
    return seen


@pytest.fixture
def printed() -> Callable[..., str]:
    return shown
