"""What may be behind a worse metric: a sentence for whoever is woken by it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.analysis.quality.documents import POSITIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from kedge.analysis.quality.documents import QualityStatistics

    Matrix = Mapping[str, Mapping[str, int]]

# From which area under the curve scores rank, how much lower it may be and still be as good, and what is a move.
_RANKS, _AS_GOOD, _MOVED = 0.6, 0.02, 0.05
# How large a class has to be to be missed, and how far the recall of one falls where it falls alone.
_LARGE, _FELL, _STAYED = 0.05, 0.2, 0.05


@dataclass(frozen=True, slots=True)
class _Case:
    """A metric that is worse, with all that are; numbers and confusion matrices of baseline and window."""

    metric: str
    broken: Collection[str]
    before: Mapping[str, float]
    now: Mapping[str, float]
    was: Matrix
    matrix: Matrix
    positive: str


def hint(metric: str, baseline: QualityStatistics | None, window: QualityStatistics, broken: Collection[str]) -> str:
    """Return what may be behind a metric that is worse; empty where nothing is known.

    The first that holds is said: labels and predictions are written in two ways; the model answers one class only;
    there are labels of one class only; a class has no label any more; the scores rank the wrong way round; they still
    rank as well as before; it is one class that is worse; a constant would be better; the labels vary less; a few rows
    are far off. ``broken`` are all metrics that are worse.
    """
    positive = getattr(window.metrics, "positive", POSITIVE)
    case = _Case(metric, broken, _numbers(baseline), _numbers(window), _matrix(baseline), _matrix(window), positive)
    return next(filter(None, (known(case) for known in _KNOWN)), "")


def _numbers(side: QualityStatistics | None) -> dict[str, float]:
    return {name: value.value for name, value in side.metrics.scalars.items()} if side else {}


def _matrix(side: QualityStatistics | None) -> Matrix:
    return (getattr(side.metrics, "confusion_matrix", None) if side else None) or {}


def _written_in_two_ways(case: _Case) -> str:
    labels, predictions = _labels(case.matrix), _predictions(case.matrix)
    if not labels or labels & predictions or min(len(labels), len(predictions)) < 2:
        return ""
    return f"No prediction is a label: labels are {_listed(labels)}, predictions {_listed(predictions)}."


def _one_prediction(case: _Case) -> str:
    predictions = _predictions(case.matrix)
    if len(predictions) != 1 or len(_labels(case.matrix)) < 2 or len(_predictions(case.was)) == 1:
        return ""
    return f"Every prediction is {_listed(predictions)}: the model, its threshold, or what it is fed is broken."


def _one_label(case: _Case) -> str:
    labels = _labels(case.matrix)
    if len(labels) != 1 or len(_labels(case.was)) == 1:
        return ""
    return f"Every label is {_listed(labels)}: look at what brings the labels before the model."


def _gone_class(case: _Case) -> str:
    shares = {label: share for label, share in _shares(case.was).items() if share >= _LARGE}
    gone = shares.keys() - _labels(case.matrix) if case.matrix else set()
    told = " and ".join(f"{label!r} ({_percent(shares[label])} of the baseline)" for label in sorted(gone))
    return f"No row has the label {told} any more: the others are judged without it." if gone else ""


def _wrong_way_round(case: _Case) -> str:
    before, now = (numbers.get("auc") for numbers in (case.before, case.now))
    if now is None or before is None or before < _RANKS or abs(now - (1 - before)) > _MOVED:
        return ""
    return f"The scores rank the wrong way round ({_went('AUC', before, now)}): the classes may have been swapped."


def _still_ranks(case: _Case) -> str:
    before, now = (numbers.get("auc") for numbers in (case.before, case.now))
    if now is None or before is None or "auc" in case.broken or now < before - _AS_GOOD:
        return ""
    was, is_ = (_shares(matrix).get(case.positive, 0.0) for matrix in (case.was, case.matrix))
    ranks = f"The scores still rank as well as before ({_went('AUC', before, now)}): "
    if abs(is_ - was) >= _MOVED:
        return f"{ranks}the share of positives went from {_percent(was)} to {_percent(is_)}, rather than the model."
    return f"{ranks}the threshold or the scale of the scores moved, rather than the model."


def _one_class(case: _Case) -> str:
    before, now = _recalls(case.was), _recalls(case.matrix)
    lost = {label: before[label] - now[label] for label in before.keys() & now.keys()}
    fallen = [label for label, much in lost.items() if much >= _FELL]
    if len(lost) < 3 or len(fallen) != 1 or sorted(lost.values())[-2] > _STAYED:
        return ""
    [label] = fallen
    return f"It is the class {label!r} that is worse ({_went('recall', before[label], now[label])}), and no other."


def _constant_is_better(case: _Case) -> str:
    def beaten(numbers: Mapping[str, float]) -> bool:
        return numbers.get("accuracy", 1.0) < numbers.get(constant, 0.0)

    constant = "accuracy_best_constant_classifier"
    if beaten(case.now) and not beaten(case.before):
        return f"Always answering the same class would be right more often ({case.now[constant]:.3g})."
    if case.now.get("r2", 0.0) < 0 <= case.before.get("r2", 0.0):
        return "The mean of the labels would be a better prediction than the model's."
    return ""


def _labels_vary_less(case: _Case) -> str:
    same = case.metric == "r2" and _as_before("mse", case)
    return "The errors are as large as before: the labels vary less, rather than the model got worse." if same else ""


def _few_are_far_off(case: _Case) -> str:
    few = case.metric in ("mse", "rmse", "r2") and _as_before("mae", case)
    return "Most errors are as large as before: a few rows are far off." if few else ""


def _as_before(error: str, case: _Case) -> bool:
    return error in case.before and case.now.get(error, math.inf) <= case.before[error] * (1 + _MOVED)


_KNOWN: tuple[Callable[[_Case], str], ...] = (
    _written_in_two_ways,
    _one_prediction,
    _one_label,
    _gone_class,
    _wrong_way_round,
    _still_ranks,
    _one_class,
    _constant_is_better,
    _labels_vary_less,
    _few_are_far_off,
)


def _labels(matrix: Matrix) -> set[str]:
    return {label for label, row in matrix.items() if sum(row.values())}


def _predictions(matrix: Matrix) -> set[str]:
    return {predicted for row in matrix.values() for predicted, count in row.items() if count}


def _shares(matrix: Matrix) -> dict[str, float]:
    """Return the share of each label."""
    total = sum(sum(row.values()) for row in matrix.values()) or 1
    return {label: sum(row.values()) / total for label, row in matrix.items()}


def _recalls(matrix: Matrix) -> dict[str, float]:
    return {label: row.get(label, 0) / sum(row.values()) for label, row in matrix.items() if sum(row.values())}


def _listed(classes: set[str]) -> str:
    first = sorted(classes)[:3]
    return ", ".join(map(repr, first)) + (" …" if len(classes) > len(first) else "")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _went(name: str, before: float, now: float) -> str:
    return f"{name} {now:.3g}, was {before:.3g}"
