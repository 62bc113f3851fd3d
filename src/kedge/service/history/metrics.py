"""Rows of metrics: how good answers were, how they treat people, what they come from, how far data has drifted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kedge.analysis.attribution.summary import AttributionSummary
from kedge.analysis.bias.summary import BiasSummary
from kedge.analysis.embeddings.summary import EmbeddingsSummary
from kedge.analysis.quality.summary import QualitySummary
from kedge.analysis.report import Summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.analysis.attribution.summary import FeatureSides, LabelSummary
    from kedge.analysis.quality.documents import QualityStatistics
    from kedge.analysis.quality.summary import MetricSides
    from kedge.analysis.report import Outline

    Rows = Iterator[dict[str, Any]]

DRIFT: Final = "drift"
DEVIATIONS: Final = 2  # an interval reaches so many to either side, as on the pages


def metrics(summary: Outline) -> Rows:
    """Yield the figures of a verdict."""
    if isinstance(summary, Summary):
        yield from _drift(summary)
    elif isinstance(summary, QualitySummary):
        yield from _sides(summary.metrics)
    elif isinstance(summary, EmbeddingsSummary):
        yield from ({**row, "feature": summary.column} for row in _embeddings(summary))
    elif isinstance(summary, BiasSummary):
        yield from _bias(summary)
    elif isinstance(summary, AttributionSummary):
        for label, told in summary.labels.items():
            yield from ({**row, "label": label} for row in _label(told))


def segments(statistics: QualityStatistics) -> Rows:
    """Yield the metrics of segments, which are called as in constraints: ``region=north``."""
    for column, values in (statistics.segments or {}).items():
        for value, found in values.items():
            for name, metric in found.scalars.items():
                yield {"metric": name, "segment": f"{column}={value}", **_spread(metric.value, metric.spread)}


def _drift(summary: Summary) -> Rows:
    for name, found in summary.distances.items():
        yield {
            "metric": DRIFT,
            "feature": name,
            "value": found.distance,
            "threshold": found.threshold,
            "method": found.method,
        }


def _sides(found: Mapping[str, MetricSides]) -> Rows:
    for name, sides in found.items():
        told = _spread(sides.value, sides.standard_deviation)
        yield {"metric": name, **told, "baseline": sides.baseline, "threshold": sides.threshold}


def _embeddings(summary: EmbeddingsSummary) -> Rows:
    yield from _sides(summary.metrics)
    for name, test in summary.tests.items():
        yield {"metric": name, "value": test.value}
        yield {"metric": f"{name}_p_value", "value": test.p_value}


def _bias(summary: BiasSummary) -> Rows:
    for found in summary.metrics:
        lower, upper = found.interval or (None, None)
        yield {
            "metric": found.metric_name,
            "facet": found.facet,
            "facet_value": found.facet_value,
            "value": found.value,
            "lower": lower,
            "upper": upper,
            "baseline": found.baseline,
        }


def _label(told: LabelSummary) -> Rows:
    ends = {"lower": told.lower, "upper": told.upper}
    yield {"metric": "ndcg", "value": told.ndcg, **ends, "threshold": told.threshold}
    yield {"metric": "expected_value", "value": told.expected_value, "baseline": told.baseline_expected_value}
    for name, sides in told.features.items():
        yield from ({**row, "feature": name} for row in _attribution(sides))


def _attribution(sides: FeatureSides) -> Rows:
    yield {"metric": "shap", **_spread(sides.value, sides.standard_deviation), "baseline": sides.baseline}
    yield {"metric": "shap_share", "value": sides.share, "baseline": sides.baseline_share}
    yield {"metric": "shap_change", "value": sides.change, "lower": sides.lower, "upper": sides.upper}


def _spread(value: float, deviation: float | None) -> dict[str, Any]:
    told: dict[str, Any] = {"value": value, "standard_deviation": deviation}
    if deviation is not None:
        told |= {"lower": value - DEVIATIONS * deviation, "upper": value + DEVIATIONS * deviation}
    return told
