from __future__ import annotations

import pytest

from kedge.analysis.quality.documents import QualityStatistics
from kedge.analysis.quality.hints import hint


def side(block: str, matrix=None, **numbers: float) -> QualityStatistics:
    metrics = {name: {"value": value} for name, value in numbers.items()} | {"confusion_matrix": matrix}
    return QualityStatistics.model_validate({"dataset": {"item_count": 200}, f"{block}_metrics": metrics})


def binary(tn: int, fp: int, fn: int, tp: int, **numbers: float) -> QualityStatistics:
    return side("binary_classification", {"0": {"0": tn, "1": fp}, "1": {"0": fn, "1": tp}}, **numbers)


def classes(*rows: tuple[int, ...], **numbers: float) -> QualityStatistics:
    matrix = {name: dict(zip("abc", row, strict=True)) for name, row in zip("abc", rows, strict=True)}
    return side("multiclass_classification", matrix, **numbers)


USUAL = binary(90, 10, 20, 80, auc=0.9, accuracy=0.85, accuracy_best_constant_classifier=0.5)
THREE = classes((90, 5, 5), (5, 90, 5), (5, 5, 90))
ERRORS = side("regression", mae=1.0, mse=4.0, r2=0.5)
TWO_WAYS = side("binary_classification", {"no": {"0": 90, "1": 10}, "yes": {"0": 10, "1": 90}})
CONSTANT = binary(60, 60, 40, 40, auc=0.6, accuracy=0.5, accuracy_best_constant_classifier=0.6)

CASES = [
    ("accuracy", USUAL, TWO_WAYS, "No prediction is a label: labels are 'no', 'yes', predictions '0', '1'."),
    ("recall", USUAL, binary(100, 0, 100, 0), "Every prediction is '0': the model, its threshold, or what it is"),
    ("precision", USUAL, binary(100, 100, 0, 0), "Every label is '0': look at what brings the labels before"),
    ("accuracy", THREE, classes((90, 9, 1), (9, 90, 1), (0, 0, 0)), "No row has the label 'c' (33.3 % of the base"),
    ("recall", USUAL, binary(50, 50, 50, 50, auc=0.1), "The scores rank the wrong way round (AUC 0.1, was 0.9)"),
    ("recall", USUAL, binary(90, 10, 50, 50, auc=0.89), "as well as before (AUC 0.89, was 0.9): the"),
    ("precision", USUAL, binary(150, 30, 4, 16, auc=0.9), "the share of positives went from 50.0 % to 10.0 %, rather"),
    ("accuracy", THREE, classes((90, 5, 5), (5, 90, 5), (60, 30, 10)), "class 'c' that is worse (recall 0.1, was"),
    ("accuracy", USUAL, CONSTANT, "Always answering the same class would be right more often (0.6)"),
    ("r2", ERRORS, side("regression", mae=3.0, mse=20.0, r2=-0.4), "The mean of the labels would be a better"),
    ("r2", ERRORS, side("regression", mae=1.0, mse=4.1, r2=0.2), "The errors are as large as before: the labels vary"),
    ("mse", ERRORS, side("regression", mae=1.02, mse=40.0, r2=0.1), "Most errors are as large as before: a few rows"),
    ("mae", ERRORS, side("regression", mae=2.0, mse=8.0, r2=0.2), ""),
    ("recall", None, binary(90, 10, 50, 50, auc=0.9), ""),
]


@pytest.mark.parametrize(("metric", "before", "now", "said"), CASES, ids=[case[3][:40] for case in CASES])
def test_the_reason_is_said_where_the_figures_show_one(metric, before, now, said):
    found = hint(metric, before, now, [metric])
    assert said in found
    assert bool(said) == bool(found)


def test_scores_whose_loss_is_a_violation_do_not_rank_as_well():
    assert hint("recall", USUAL, binary(90, 10, 50, 50, auc=0.89), ["recall", "auc"]) == ""


@pytest.mark.parametrize("now", [binary(100, 0, 100, 0), binary(100, 100, 0, 0)])
def test_what_was_so_in_the_baseline_is_no_reason(now):
    assert not hint("accuracy", now, now, ["accuracy"]).startswith("Every")
