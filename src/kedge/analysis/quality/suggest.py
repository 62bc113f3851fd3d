"""From the statistics of a baseline to the constraints that they suggest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.quality.documents import CONSTRAINTS, MetricConstraint, QualityConstraints, SegmentConstraints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.quality.documents import MetricValue, Operator, QualityStatistics
    from kedge.domain.roles import Problem

# Below, a deviation says little (model-quality.md, 4.2).
FEWEST_ROWS = 200
# In the order of the statistics (model-quality.md, 4.3).
DEMANDED: Mapping[Problem, Mapping[str, Operator]] = {
    "Regression": {
        "mae": "GreaterThanThreshold",
        "mse": "GreaterThanThreshold",
        "rmse": "GreaterThanThreshold",
        "r2": "LessThanThreshold",
    },
    "BinaryClassification": {
        "recall": "LessThanThreshold",
        "precision": "LessThanThreshold",
        "accuracy": "LessThanThreshold",
        "true_positive_rate": "LessThanThreshold",
        "true_negative_rate": "LessThanThreshold",
        "false_positive_rate": "GreaterThanThreshold",
        "false_negative_rate": "GreaterThanThreshold",
        "auc": "LessThanThreshold",
        "f0_5": "LessThanThreshold",
        "f1": "LessThanThreshold",
        "f2": "LessThanThreshold",
    },
    "MulticlassClassification": {
        "accuracy": "LessThanThreshold",
        "weighted_recall": "LessThanThreshold",
        "weighted_precision": "LessThanThreshold",
        "weighted_f0_5": "LessThanThreshold",
        "weighted_f1": "LessThanThreshold",
        "weighted_f2": "LessThanThreshold",
    },
}


def constraints(statistics: QualityStatistics, fewest_rows: int = FEWEST_ROWS) -> QualityConstraints:
    """Return the constraints whose thresholds are the metrics of a baseline.

    They are those that the service suggests: none for the confusion matrix, the curves, the best constant classifier,
    and for what is kedge's own. Every segment of at least ``fewest_rows`` rows has the same. A metric that is not
    known has none.
    Reference: model-quality.md, 4.3.
    """
    problem = statistics.problem
    segments = [
        SegmentConstraints.model_validate(
            {"segment": column, "value": value, CONSTRAINTS[problem]: _block(problem, found.scalars)}
        )
        for column, values in (statistics.segments or {}).items()
        for value, found in values.items()
        if found.item_count >= fewest_rows
    ]
    whole = {CONSTRAINTS[problem]: _block(problem, statistics.metrics.scalars)}
    return QualityConstraints.model_validate(whole | {"segment_constraints": segments or None})


def _block(problem: Problem, metrics: Mapping[str, MetricValue]) -> dict[str, MetricConstraint]:
    return {
        name: MetricConstraint(threshold=metrics[name].value, comparison_operator=operator)
        for name, operator in DEMANDED[problem].items()
        if name in metrics
    }
