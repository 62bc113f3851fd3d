"""From counts to ``analysis.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.bias.contingency import A, D, divide
from kedge.analysis.bias.documents import (
    BiasAnalysis,
    FacetEntry,
    Group,
    MetricEntry,
    Performance,
    PerformanceMetric,
    Section,
)
from kedge.analysis.bias.measures import Reader
from kedge.analysis.bias_metrics import STAGES, Stage
from kedge.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.analysis.bias.bias import Bias
    from kedge.analysis.bias.contingency import Contingency
    from kedge.analysis.bias.measures import Measure, Sides
    from kedge.analysis.bias_metrics import BiasMetric

# What each figure of the performance is: its name in the service, what it says, what is divided by what.
_PERFORMANCE: Final = (
    ("Accuracy", "Share of the rows that are answered rightly", "TP TN", "TP FP FN TN"),
    ("Proportion of Positive Predictions in Labels", "Share of positive answers", "TP FP", "TP FP FN TN"),
    ("Proportion of Negative Predictions in Labels", "Share of negative answers", "TN FN", "TP FP FN TN"),
    ("True Positive Rate / Recall", "Share of the positive labels that are answered so", "TP", "TP FN"),
    ("True Negative Rate / Specificity", "Share of the negative labels that are answered so", "TN", "TN FP"),
    ("Acceptance Rate / Precision", "Share of the positive answers that are right", "TP", "TP FP"),
    ("Rejection Rate", "Share of the negative answers that are right", "TN", "TN FN"),
    ("Conditional Acceptance", "Positive labels to a positive answer", "TP FN", "TP FP"),
    ("Conditional Rejection", "Negative labels to a negative answer", "TN FP", "TN FN"),
    ("F1 Score", "Harmonic mean of precision and recall", "TP TP", "TP TP FP FN"),
)
_CELLS: Final = {"TP": (1, 1), "FP": (0, 1), "FN": (1, 0), "TN": (0, 0)}


def chosen(metrics: Mapping[str, BiasMetric], names: Mapping[Stage, Sequence[str] | None]) -> dict[str, BiasMetric]:
    """Return the metrics that a configuration asks for; None asks for all of a stage.

    Raises
    ------
    SettingError
        There is no metric of that name.
    """
    for stage in STAGES:
        known = [metric.name for metric in metrics.values() if metric.stage == stage]
        for name in names.get(stage) or ():
            if name not in known:
                raise SettingError(
                    f"There is no metric {name!r}.{did_you_mean(name, known)}",
                    field=f"methods.{stage}_bias",
                    next_step=f"There are: {', '.join(known)}.",
                )
    return {name: metric for name, metric in metrics.items() if _is_asked(metric, names.get(metric.stage))}


def analysis(bias: Bias, metrics: Mapping[str, BiasMetric]) -> BiasAnalysis:
    """Return the document of a sketch whose columns' kinds are decided: metrics in alphabetical order."""
    reader = Reader(bias, flip="FT" in metrics)
    sides = list(reader.sides())
    sections: dict[str, Section] = {}
    for stage in STAGES:
        asked = {name: metric for name, metric in metrics.items() if metric.stage == stage}
        if asked and (stage == "pre_training" or bias.plan.answered):
            sections[stage] = Section(
                label=bias.plan.label, facets=_facets(sides, asked), label_value_or_threshold=reader.positive
            )
    return BiasAnalysis(
        post_training_bias_metrics=sections.get("post_training"),
        pre_training_bias_metrics=sections.get("pre_training"),
        model_performance=_performance(bias, reader.everybody) if bias.plan.answered else None,
        minimum_group_rows=bias.plan.least,
    )


def _is_asked(metric: BiasMetric, names: Sequence[str] | None) -> bool:
    return names is None or metric.name in names


def _facets(sides: Sequence[Sides], metrics: Mapping[str, BiasMetric]) -> dict[str, list[FacetEntry]]:
    found: dict[str, list[FacetEntry]] = {}
    for part in sides:
        entry = FacetEntry(
            value_or_threshold=part.told,
            metrics=[_entry(measure) for measure in part.measures(metrics)],
            advantaged=_group(part.counts, A),
            disadvantaged=_group(part.counts, D),
        )
        found.setdefault(part.facet, []).append(entry)
    return found


def _entry(measure: Measure) -> MetricEntry:
    return MetricEntry(
        name=measure.name,
        description=measure.description,
        value=measure.value,
        error=measure.error,
        confidence_interval=measure.interval,
    )


def _group(counts: Contingency | None, side: int) -> Group | None:
    if counts is None:
        return None
    labels, answers = counts.observed[0, side], counts.confusion[0, side]
    tp, fp, fn, tn = (int(answers[place]) for place in _CELLS.values())
    return Group(
        rows=int(labels.sum()),
        positive_labels=int(labels[1]),
        predictions=int(answers.sum()),
        positive_predictions=int(answers[:, 1].sum()),
        confusion=(tp, fp, fn, tn) if answers.any() else None,
    )


def _performance(bias: Bias, everybody: Contingency) -> Performance:
    """Return how well the model does; where nobody has an answer, 0 of 0 is 0 as everywhere in the service."""
    cells = everybody.confusion[0].sum(0)
    n = {name: float(cells[place]) for name, place in _CELLS.items()}
    figures = [
        PerformanceMetric(name=name, description=told, value=_quotient(n, part, whole))
        for name, told, part, whole in _PERFORMANCE
    ]
    shares = [_quotient(n, cell, "TP FP FN TN") for cell in ("TP", "FP", "FN", "TN")]
    return Performance(
        label=bias.plan.label,
        model_performance_metrics=figures,
        binary_confusion_matrix=shares,
        confusion_matrix=_matrix(bias),
    )


def _quotient(cells: Mapping[str, float], part: str, whole: str) -> float:
    above, below = (np.array(sum(cells[name] for name in names.split())) for names in (part, whole))
    return float(divide(above, below))


def _matrix(bias: Bias) -> dict[str, dict[str, float]] | None:
    """Return how often each class of the label was answered with each."""
    if bias.many_classes or bias.plan.kinds.get("") == "continuous":
        return None
    names, counts = bias.classes.classes, bias.classes.matrix[0]
    there = [place for place in range(len(names)) if counts[place].sum()]
    return {names[row]: {names[place]: float(counts[row, place]) for place in there} for row in there}
