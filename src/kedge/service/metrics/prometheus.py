"""The latest points in the text format of Prometheus.

There are so many families and no more: names that somebody chose are labels. Of each family there are so many series at
most; how many were left out is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kedge.domain import wire
from kedge.domain.catalog import Execution
from kedge.domain.record import Query
from kedge.service.messages.figures import figures
from kedge.service.metrics.counts import FAILURES, SECONDS, VIOLATIONS, WATCHED
from kedge.service.metrics.place import LAG, OWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kedge.domain.metric import Latest, Metric
    from kedge.ports import Points, Records

    Series = tuple[str, str, Callable[[Latest], float]]  # its family, its labels, and what it tells

MOST: Final = 5_000  # series of a family and workspace
MOST_KNOWN: Final = 50_000  # metrics whose labels are not written again
LONGEST_QUEUE: Final = 1_000  # that is counted; more are told as so many
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
    "notifications_waiting": "Messages that wait to be sent.",
    "notification_age_seconds": "How long the oldest message has waited.",
    "notifications_sent_total": "Messages that were sent.",
    "notifications_failed_total": "Messages that were given up.",
    "notification_fails": "Whether the last try was in vain.",
    "series_left_out": "Series that are not told, as their family has too many.",
}
TYPES: Final = ("gauge", "counter")
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
_ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass
class Exposition:
    """Collects series, family by family."""

    _families: dict[str, dict[str, float]] = field(default_factory=lambda: {name: {} for name in FAMILIES})

    def add(self, workspace: str, records: Records, points: Points) -> None:
        """Add the series of a workspace."""
        own = f'workspace="{escaped(workspace)}"'
        counts = dict.fromkeys(FAMILIES, 0)
        for latest in points.latest():
            for family, labels, figure in _series(latest.metric):
                self._add(counts, family, own + labels, figure(latest))
        for family, value in _queue(records):
            self._add(counts, family, own, value)
        for family, to, value in figures(records):
            self._add(counts, family, f'{own},to="{escaped(to)}"', value)
        for family, count in counts.items():
            if count > MOST:
                self._families["series_left_out"][f'{own},family="kedge_{family}"'] = count - MOST

    def _add(self, counts: dict[str, int], family: str, labels: str, value: float) -> None:
        counts[family] += 1
        if counts[family] <= MOST:
            self._families[family][labels] = value

    def text(self) -> str:
        """Return all of it; each family has its help and its type once."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, series in self._families.items():
            if series:
                yield f"# HELP kedge_{name} {FAMILIES[name]}"
                yield f"# TYPE kedge_{name} {TYPES[name.endswith('_total')]}"
                yield from (f"kedge_{name}{{{labels}}} {value!r}" for labels, value in series.items())


def escaped(text: str) -> str:
    """Return a text as the value of a label.

    >>> print(escaped('a "b"'))
    a \\"b\\"
    """
    return text.translate(_ESCAPED)


@lru_cache(maxsize=MOST_KNOWN)
def _series(metric: Metric) -> tuple[Series, ...]:
    """Return what is told of a metric: nothing where a dimension is not known, as of those there may be any number."""
    labels = ""
    for name, value in metric.dimensions:
        if name in LABELS:
            labels += f',{LABELS[name]}="{escaped(value)}"'
        elif name not in UNTOLD:
            return ()
    return tuple((family, labels + own, figure) for family, own, figure in _families(metric))


def _families(metric: Metric) -> Iterator[Series]:
    """Yield family, labels besides those of the dimensions, and figure."""
    kind = metric.namespace.rpartition("/")[2]
    if metric.namespace == wire.JOB_NAMESPACE:
        if metric.name == FAILURES:
            yield "executions_total", "", lambda latest: latest.times
            yield "execution_failures_total", "", lambda latest: latest.ever
    elif metric.namespace == OWN:
        if metric.name in (SECONDS, LAG):
            yield metric.name, "", _value
    elif metric.name == VIOLATIONS:
        yield "violations", f',monitor="{kind.removesuffix("-metrics")}"', _value
    elif kind == "data-metrics":
        yield from _of_feature(metric)
    elif kind == "explainability-metrics":
        yield _attributed(metric)
    elif kind in BY_METRIC:
        yield BY_METRIC[kind], f',metric="{escaped(metric.name.removeprefix(BIAS))}"', _value


def _of_feature(metric: Metric) -> Iterator[Series]:
    feature = dict(metric.dimensions).get(wire.FEATURE_DIMENSION)
    stem = metric.name[: -len(feature) - 1] if feature and metric.name.endswith(f"_{feature}") else ""
    if stem == "feature_data":
        yield "feature_mean", "", lambda latest: latest.point.average
        yield "feature_min", "", lambda latest: latest.point.least
        yield "feature_max", "", lambda latest: latest.point.most
    elif stem in FAMILIES:
        yield stem, "", _value
    elif feature is None and metric.name != WATCHED:
        yield "custom", f',metric="{escaped(metric.name)}"', _value


def _attributed(metric: Metric) -> Series:
    kind = dict(metric.dimensions).get("ValueType", "")
    if kind in VALUE_TYPES:
        return VALUE_TYPES[kind], "", _value
    return "attribution", f',feature="{escaped(metric.name.removeprefix("feature_"))}"', _value


def _value(latest: Latest) -> float:
    return latest.point.value


def _queue(records: Records) -> Iterator[tuple[str, float]]:
    """Yield how many executions wait and run, and how long the oldest has waited."""
    waiting, running = (
        records.list(Query(Execution.kind, status=(status,), order="created", limit=LONGEST_QUEUE))
        for status in ("Pending", "InProgress")
    )
    yield "queue_waiting", len(waiting)
    yield "queue_running", len(running)
    oldest = waiting[0].created if waiting else None
    yield "queue_age_seconds", (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
