"""From labels and answers to ``statistics.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kedge.analysis.documents import DatasetStatistics
from kedge.analysis.quality.curves import matrix, per_class, precision_recall, reliability, roc
from kedge.analysis.quality.documents import METRICS, NOT_KNOWN, POSITIVE, QualityStatistics
from kedge.analysis.quality.measures import measures, segments
from kedge.domain.window import format_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.metrics import Metric
    from kedge.analysis.quality.measures import Measure
    from kedge.analysis.quality.outcomes import Outcomes
    from kedge.analysis.quality.quality import Quality
    from kedge.analysis.report import Mode
    from kedge.domain.window import Window

# With more classes only the pairs are written that occur.
WHOLE_MATRIX: Final = 100


def statistics(
    quality: Quality,
    metrics: Mapping[str, Metric],
    mode: Mode = "default",
    *,
    window: Window | None = None,
    evaluated: str | None = None,
    ground_truth: dict[str, Any] | None = None,
) -> QualityStatistics:
    """Return the document of labels and answers: the service's metrics in its order, then the others.

    ``item_count`` counts the rows that the metrics are of: those with a label and an answer. What is not defined is
    left out.

    Parameters
    ----------
    quality
        What is remembered.
    metrics
        What to measure it with, by name.
    mode
        By whose replicas standard deviations are told, and which constant answer is the best.
    window, evaluated
        The window, and the time of the run, ISO 8601.
    ground_truth
        The account of the labels.

    References
    ----------
    model-quality.md, 4.2.
    """
    block = _values(measures(quality, metrics, mode)) | _tables(quality.whole)
    dataset = DatasetStatistics(
        item_count=int(quality.whole.rows[0]),
        start_time=format_time(window.start) if window else None,
        end_time=format_time(window.end) if window else None,
        evaluation_time=evaluated,
    )
    return QualityStatistics.model_validate(
        {
            "dataset": dataset,
            METRICS[quality.roles.problem]: block,
            "segments": _segments(quality, metrics, mode) or None,
            "ground_truth": ground_truth,
        }
    )


def _values(found: Mapping[str, Measure]) -> dict[str, Any]:
    return {name: _value(measure) for name, measure in found.items()}


def _value(measure: Measure) -> dict[str, Any]:
    deviation = measure.standard_deviation
    return {"value": measure.value, "standard_deviation": NOT_KNOWN if deviation is None else deviation}


def _tables(whole: Outcomes) -> dict[str, Any]:
    """Return what is no single number."""
    if whole.problem == "Regression":
        return {}
    if whole.problem == "MulticlassClassification":
        return {"confusion_matrix": _matrix(whole), "per_class": _classes(whole)}
    return {
        "confusion_matrix": _matrix(whole),
        "positive_class": None if whole.positive == POSITIVE else whole.positive,
    } | _curves(whole)


def _matrix(whole: Outcomes) -> dict[str, dict[str, int]]:
    found = matrix(whole)
    if len(found) <= WHOLE_MATRIX:
        return found
    return {actual: {name: count for name, count in row.items() if count} for actual, row in found.items()}


def _classes(whole: Outcomes) -> dict[str, Any]:
    return {
        name: {"item_count": found.rows, "recall": found.recall, "precision": found.precision, "f1": found.f1}
        for name, found in per_class(whole).items()
    }


def _curves(whole: Outcomes) -> dict[str, Any]:
    first, second, bins = roc(whole), precision_recall(whole), reliability(whole)
    return {
        "receiver_operating_characteristic_curve": first
        and {"false_positive_rates": list(first.x), "true_positive_rates": list(first.y)},
        "precision_recall_curve": second and {"precisions": list(second.y), "recalls": list(second.x)},
        "reliability_curve": {
            "mean_scores": [each.said for each in bins],
            "positive_rates": [each.true for each in bins],
            "item_counts": [each.rows for each in bins],
        }
        if bins
        else None,
    }


def _segments(quality: Quality, metrics: Mapping[str, Metric], mode: Mode) -> dict[str, dict[str, Any]]:
    found = segments(quality, metrics, mode)
    return {
        column: {value: _segment(quality.segments[column].values[value].whole, of) for value, of in values.items()}
        for column, values in found.items()
        if values
    }


def _segment(whole: Outcomes, found: Mapping[str, Measure]) -> dict[str, Any]:
    matrix = {} if whole.problem == "Regression" else {"confusion_matrix": _matrix(whole)}
    return {"item_count": int(whole.rows[0])} | matrix | _values(found)
