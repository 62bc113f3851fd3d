"""Every metric of a window by name, with how far chance may have moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from kedge.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kedge.analysis.metrics import Metric
    from kedge.analysis.quality.outcomes import Outcomes
    from kedge.analysis.quality.quality import Quality
    from kedge.analysis.quality.segments import Pair, Segments
    from kedge.domain.roles import Problem

    Figures = NDArray[np.float64]
    Mode = Literal["default", "sagemaker"]

BEST_CONSTANT: Final = "_best_constant_classifier"
LEAST_ROWS: Final = {"default": 2, "sagemaker": 200}  # with fewer there is no standard deviation
SHOWN_SEGMENTS: Final = 50


def _beside(*names: str) -> tuple[str, ...]:
    """Return metrics, and the same of the best constant answer."""
    return (*names, *(name + BEST_CONSTANT for name in names))


# The order of the service's file; what it does not know comes after.
ORDER: Final[dict[Problem, tuple[str, ...]]] = {
    "Regression": ("mae", "mse", "rmse", "r2"),
    "BinaryClassification": (
        *_beside("recall", "precision", "accuracy"),
        "true_positive_rate",
        "true_negative_rate",
        "false_positive_rate",
        "false_negative_rate",
        "auc",
        "au_prc",
        *_beside("f0_5", "f1", "f2"),
    ),
    "MulticlassClassification": _beside(
        "accuracy", "weighted_recall", "weighted_precision", "weighted_f0_5", "weighted_f1", "weighted_f2"
    ),
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric of some rows, and how far chance may have moved it.

    Parameters
    ----------
    value
        Finite.
    standard_deviation
        That of the population of the replicas in which the metric is defined, at least two; None where it cannot be
        told. In mode ``sagemaker`` replicas are the five subsets of 80 % of the rows, and otherwise 50 of a bootstrap.
    rows
        How many rows the metric is of.
    """

    value: float
    standard_deviation: float | None
    rows: int


def measures(quality: Quality, metrics: Mapping[str, Metric], mode: Mode = "default") -> dict[str, Measure]:
    """Return every metric that is defined, by name: in the order of the service's file, then the others."""
    return _measures(quality.everything, _applicable(quality, metrics), mode)


def segments(
    quality: Quality, metrics: Mapping[str, Metric], mode: Mode = "default"
) -> dict[str, dict[str, dict[str, Measure]]]:
    """Return the measures by segment column and value, of the 50 values with the most rows.

    A column with more than 256 values has none; :func:`~kedge.analysis.quality.remarks.remarks` says so.
    """
    chosen = _applicable(quality, metrics)
    return {
        column: {value: _measures(pair, chosen, mode) for value, pair in _largest(found)}
        for column, found in quality.segments.items()
    }


def undefined(quality: Quality, metrics: Mapping[str, Metric], mode: Mode = "default") -> dict[str, str]:
    """Return why metrics are left out, by name: a sentence each."""
    reasons = {}
    for name, metric in _applicable(quality, metrics).items():
        try:
            value = _values(name, metric, quality.whole, quality.whole, mode)[0]
            _values(name, metric, _drawn(quality.everything, mode), quality.whole, mode)  # which may fail alone
        except PluginError as error:
            reasons[name] = str(error)
            continue
        if math.isnan(value):
            reasons[name] = metric.undefined if _rows(metric, quality.whole) else _empty(metric)
    return reasons


def best_constant(whole: Outcomes, mode: Mode = "default") -> str | None:
    """Return the class that the best constant answer gives: the most frequent label, of equals the first one.

    In mode ``sagemaker`` it is the class ``1`` where there is one, as in both examples of the service. None where
    there is no row.
    """
    classes = whole.confusion.classes
    if not classes or (mode == "sagemaker" and "1" in classes):
        return "1" if classes else None
    return classes[int(whole.confusion.actual[0].argmax())]


def _applicable(quality: Quality, metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    """Return the metrics of the problem, and those of the best constant answer, in order."""
    roles = quality.roles
    known = {
        name: metric
        for name, metric in sorted(metrics.items())
        if roles.problem in metric.problems and (roles.probability or not metric.needs_scores)
    }
    order = {name: known[base] for name in ORDER[roles.problem] if (base := name.removesuffix(BEST_CONSTANT)) in known}
    return order | {name: metric for name, metric in known.items() if name not in order}


def _measures(pair: Pair, metrics: Mapping[str, Metric], mode: Mode) -> dict[str, Measure]:
    drawn = _drawn(pair, mode)
    found = {}
    for name, metric in metrics.items():
        try:
            value = float(_values(name, metric, pair.whole, pair.whole, mode)[0])
            rows = _rows(metric, pair.whole)
            if not math.isnan(value):
                found[name] = Measure(value, _spread(_values(name, metric, drawn, pair.whole, mode), rows, mode), rows)
        except PluginError:  # it is among the undefined ones, with its reason
            continue
    return found


def _drawn(pair: Pair, mode: Mode) -> Outcomes:
    return pair.subsets if mode == "sagemaker" else pair.replicas


def _spread(values: Figures, rows: int, mode: Mode) -> float | None:
    """Return the standard deviation of replicas, divided by their number: they are all there are."""
    defined = values[~np.isnan(values)]
    return float(defined.std()) if len(defined) > 1 and rows >= LEAST_ROWS[mode] else None


def _values(name: str, metric: Metric, outcomes: Outcomes, whole: Outcomes, mode: Mode) -> Figures:
    """Return a metric in each replica; of the best constant answer, where it is named so."""
    if name != metric.name + BEST_CONSTANT:
        return metric(outcomes)
    answer = best_constant(whole, mode)
    return np.full(outcomes.replicas, np.nan) if answer is None else metric(outcomes.constant(answer))


def _rows(metric: Metric, whole: Outcomes) -> int:
    return int((whole.scored if metric.needs_scores else whole.rows)[0])


def _empty(metric: Metric) -> str:
    return f"No row has both a label and {'a score' if metric.needs_scores else 'a prediction'}."


def _largest(found: Segments) -> list[tuple[str, Pair]]:
    """Return the segments with the most rows, in order of their values."""
    rows = {value: max(pair.whole.rows[0], pair.whole.scored[0]) for value, pair in found.values.items()}
    kept = sorted(rows, key=lambda value: (-rows[value], value))[:SHOWN_SEGMENTS]
    return [(value, found.values[value]) for value in sorted(kept)]
