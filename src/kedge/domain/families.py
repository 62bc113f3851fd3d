"""Families: what metrics are called elsewhere. There are so many and no more; names that somebody chose are labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kedge.domain import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kedge.domain.metric import Latest, Metric

    Told = tuple[str, tuple[tuple[str, str], ...], Callable[[Latest], float]]

# What is published of every run, beside what its monitor says.
VIOLATIONS: Final = "violations"
WATCHED: Final = "data_quality_constraint_violations"
FAILURES: Final = "Failures"
SECONDS: Final = "execution_seconds"
LAG: Final = "capture_lag_seconds"
QUEUE: Final = ("queue_waiting", "queue_running", "queue_age_seconds")
OWN: Final = "kedge"  # the namespace of what no service has published
TOTAL: Final = "_total"  # how a family ends whose values never fall

FAMILIES: Final[Mapping[str, str]] = {
    "feature_baseline_drift": "Distance of a feature from its baseline.",
    "feature_completeness": "Share of rows that have a value.",
    "feature_mean": "Mean of a feature.",
    "feature_min": "Smallest value of a feature.",
    "feature_max": "Largest value of a feature.",
    "feature_non_null": "Rows that have a value.",
    "feature_null": "Rows that have none.",
    "feature_estimated_unique_values": "Distinct values.",
    "feature_fractional_counts": "Values that are fractions.",
    "feature_integral_counts": "Values that are whole numbers.",
    "feature_string_counts": "Values that are texts.",
    "feature_boolean_counts": "Values that are true or false.",
    "feature_unknown_counts": "Values of no type.",
    "model_quality": "A metric of a model's answers.",
    "bias": "A metric of bias.",
    "attribution": "Attribution of a feature.",
    "attribution_expected_value": "What a model answers to the background.",
    "attribution_ndcg": "How alike the order of features is to the baseline's.",
    "embedding": "A metric of embeddings.",
    "custom": "A metric of an analyzer that is not kedge's own.",
    "violations": "Violations of the latest window.",
    "executions_total": "Executions that have ended.",
    "execution_failures_total": "Executions that failed.",
    "execution_seconds": "How long the latest execution took.",
    "capture_lag_seconds": "How old the newest capture is.",
    "queue_waiting": "Executions that wait for a worker.",
    "queue_running": "Executions that run.",
    "queue_age_seconds": "How long the oldest execution has waited.",
    "sink_waiting": "Points that wait for a sink.",
    "sink_left_out_total": "Points that a sink never takes.",
    "sink_failing": "Whether a sink does not take points now.",
    "notifications_waiting": "Messages that wait to be sent.",
    "notification_age_seconds": "How long the oldest message has waited.",
    "notifications_sent_total": "Messages that were sent.",
    "notifications_failed_total": "Messages that were given up.",
    "notification_fails": "Whether the last try was in vain.",
    "series_left_out": "Series that are not told, as their family has too many.",
}
LABELS: Final[Mapping[str, str]] = {
    wire.ENDPOINT_DIMENSION: "endpoint",
    wire.SCHEDULE_DIMENSION: "schedule",
    wire.JOB_DIMENSION: "schedule",
    wire.FEATURE_DIMENSION: "feature",
    "BiasStage": "stage",
    "Label": "label",
    "LabelValue": "label_value",
    "Facet": "facet",
    "FacetValue": "facet_value",
}
UNTOLD: Final = frozenset(("ExplainabilityMethod", "ValueType"))
VALUE_TYPES: Final = {"ExpectedValue": "attribution_expected_value", "NDCG": "attribution_ndcg"}
BY_METRIC: Final = {"model-metrics": "model_quality", "bias-metrics": "bias", "embedding-metrics": "embedding"}
BIAS: Final = "bias_metric_"


@dataclass(frozen=True, slots=True)
class Series:
    """What is told of a metric.

    Parameters
    ----------
    family
        What it is called.
    labels
        Name and value of what tells it from others of its family.
    figure
        Returns its value.
    """

    family: str
    labels: tuple[tuple[str, str], ...]
    figure: Callable[[Latest], float]


def series(metric: Metric) -> Iterator[Series]:
    """Yield what is told of a metric: nothing where a dimension is not known, as of those there may be any number."""
    labels = tuple((LABELS[name], value) for name, value in metric.dimensions if name in LABELS)
    if all(name in LABELS or name in UNTOLD for name, _ in metric.dimensions):
        for family, own, figure in _families(metric):
            yield Series(family, labels + own, figure)


def _families(metric: Metric) -> Iterator[Told]:
    """Yield family, labels besides those of the dimensions, and figure."""
    kind = metric.namespace.rpartition("/")[2]
    if metric.namespace == wire.JOB_NAMESPACE:
        if metric.name == FAILURES:
            yield "executions_total", (), lambda latest: latest.times
            yield "execution_failures_total", (), lambda latest: latest.ever
    elif metric.namespace == OWN:
        if metric.name in (SECONDS, LAG, *QUEUE):
            yield metric.name, (), _value
    elif metric.name == VIOLATIONS:
        yield "violations", (("monitor", kind.removesuffix("-metrics")),), _value
    elif kind == "data-metrics":
        yield from _of_feature(metric)
    elif kind == "explainability-metrics":
        yield _attributed(metric)
    elif kind in BY_METRIC:
        yield BY_METRIC[kind], (("metric", metric.name.removeprefix(BIAS)),), _value


def _of_feature(metric: Metric) -> Iterator[Told]:
    feature = dict(metric.dimensions).get(wire.FEATURE_DIMENSION)
    stem = metric.name[: -len(feature) - 1] if feature and metric.name.endswith(f"_{feature}") else ""
    if stem == "feature_data":
        yield "feature_mean", (), lambda latest: latest.point.average
        yield "feature_min", (), lambda latest: latest.point.least
        yield "feature_max", (), lambda latest: latest.point.most
    elif stem in FAMILIES:
        yield stem, (), _value
    elif feature is None and metric.name != WATCHED:
        yield "custom", (("metric", metric.name),), _value


def _attributed(metric: Metric) -> Told:
    kind = dict(metric.dimensions).get("ValueType", "")
    if kind in VALUE_TYPES:
        return VALUE_TYPES[kind], (), _value
    return "attribution", (("feature", metric.name.removeprefix("feature_")),), _value


def _value(latest: Latest) -> float:
    return latest.point.value
