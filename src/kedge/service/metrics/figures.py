"""What is published of a verdict, monitor by monitor (the specification, 8.2 to 8.6)."""

from __future__ import annotations

import json
import math
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from kedge.analysis.bias.documents import BiasAnalysis
from kedge.analysis.quality.documents import QualityStatistics
from kedge.domain import wire
from kedge.domain.metric import Metric, Point
from kedge.domain.window import parse_time
from kedge.errors import SettingError
from kedge.service.history.metrics import DRIFT, metrics
from kedge.service.metrics.features import features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kedge.analysis.bias.documents import Section
    from kedge.domain.catalog import MonitoringType
    from kedge.domain.metric import Datum
    from kedge.service.history.left import Left
    from kedge.service.metrics.place import Place

METHOD: Final = "KernelShap"
STAGES: Final = {"pre_training_bias_metrics": "Pre-training", "post_training_bias_metrics": "Post-Training"}
# Of attribution: what a row of the history is called when it is published, and its type. The last is ours.
ATTRIBUTIONS: Final = {
    "shap": ("feature_{feature}", "GlobalShapValues"),
    "expected_value": ("ExpectedValue", "ExpectedValue"),
    "ndcg": ("ndcg", "NDCG"),
}
LINES: Final = ".jsonl"
MOST_OWN: Final = 10_000  # metrics of a run of an analyzer that is not ours, so that a defect of it fills no database


def figures(place: Place, left: Left) -> Iterator[Datum]:
    """Yield what is published of what an execution left; what is unknown or no number is not."""
    for metric, point in _BY_TYPE[place.execution.monitoring_type](place, left):
        if all(map(math.isfinite, (point.value, point.count, point.least, point.most))):
            yield metric, point


def _data(place: Place, left: Left) -> Iterator[Datum]:
    yield from features(place, *left.file(wire.PROFILE_FILE))
    for row in metrics(left.summary):
        if row["metric"] == DRIFT:
            name = row["feature"]
            yield place.figure(f"feature_baseline_drift_{name}", row["value"], **{wire.FEATURE_DIMENSION: name})


def _quality(place: Place, left: Left) -> Iterator[Datum]:
    assert isinstance(left.statistics, QualityStatistics)
    for name, metric in left.statistics.metrics.scalars.items():
        yield place.figure(name, metric.value)


def _bias(place: Place, left: Left) -> Iterator[Datum]:
    assert isinstance(left.statistics, BiasAnalysis)
    for name, stage in STAGES.items():
        section: Section | None = getattr(left.statistics, name)
        if section:
            whose = {"BiasStage": stage, "Label": section.label, "LabelValue": section.label_value_or_threshold}
            yield from _facets(place, section, whose)


def _facets(place: Place, section: Section, whose: Mapping[str, str]) -> Iterator[Datum]:
    for facet, values in section.facets.items():
        for found in values:
            own = {**whose, "Facet": facet, "FacetValue": found.value_or_threshold}
            for metric in found.metrics:
                if metric.value is not None:
                    value = math.copysign(wire.LARGEST_BIAS, metric.value) if math.isinf(metric.value) else metric.value
                    yield place.figure(f"bias_metric_{metric.name}", value, **own)


def _attribution(place: Place, left: Left) -> Iterator[Datum]:
    for row in metrics(left.summary):
        if row["metric"] in ATTRIBUTIONS and row["value"] is not None:
            name, kind = ATTRIBUTIONS[row["metric"]]
            whose = {"ExplainabilityMethod": METHOD, "Label": row["label"], "ValueType": kind}
            yield place.figure(name.format(**row), row["value"], **whose)


def _embeddings(place: Place, left: Left) -> Iterator[Datum]:
    for row in metrics(left.summary):
        yield place.figure(row["metric"], row["value"], **{wire.FEATURE_DIMENSION: row["feature"]})


def _own(place: Place, left: Left) -> Iterator[Datum]:
    """Yield what an analyzer that is not ours left to be published, a metric a line; other lines are passed over."""
    entries = left.store.list(f"{left.execution.report}/{wire.METRICS_FOLDER}")
    lines = (line for entry in entries if entry.url.endswith(LINES) for line in left.store.read(entry.url).splitlines())
    yield from islice((found for line in lines if (found := _line(place, line))), MOST_OWN)


def _line(place: Place, line: bytes) -> Datum | None:
    try:
        told: dict[str, Any] = json.loads(line)
        whose = {entry["Name"]: entry["Value"] for entry in told.get("Dimensions", ())}
        time = parse_time(told["Timestamp"]) if "Timestamp" in told else place.execution.window.start
        metric = Metric.of(place.namespace, told["MetricName"], {**place.dimensions, **whose})
        return metric, Point(time, *_numbers(told))
    except (ValueError, KeyError, TypeError, AttributeError, SettingError):
        return None


def _numbers(told: Mapping[str, Any]) -> tuple[float, ...]:
    if "StatisticValues" not in told:
        return (float(told["Value"]),)
    numbers = told["StatisticValues"]
    return tuple(float(numbers[name]) for name in ("Sum", "SampleCount", "Minimum", "Maximum"))


_BY_TYPE: Final[Mapping[MonitoringType, Callable[[Place, Left], Iterator[Datum]]]] = {
    "DataQuality": _data,
    "ModelQuality": _quality,
    "ModelBias": _bias,
    "ModelExplainability": _attribution,
    "Embeddings": _embeddings,
    "Custom": _own,
}
