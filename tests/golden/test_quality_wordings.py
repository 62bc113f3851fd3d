"""The rule, the suggestions and the sentences of model-quality.md, 4.3 to 4.5, to the letter."""

from __future__ import annotations

import json

import pytest

from kedge.analysis.quality.documents import QualityConstraints, QualityStatistics, QualityViolation, QualityViolations
from kedge.analysis.quality.evaluate import evaluate
from kedge.analysis.quality.suggest import constraints

CONSTRAINED = """{"version":0.0,"binary_classification_constraints":{
   "recall":{"threshold":0.81,"comparison_operator":"LessThanThreshold"},
   "false_positive_rate":{"threshold":0.07,"comparison_operator":"GreaterThanThreshold"}}}"""
VIOLATED = """{"violations":[{"metric_name":"recall","constraint_check_type":"LessThanThreshold",
                "description":"Metric recall with 0.62 +/- 0.013 was LessThanThreshold '0.81'"}]}"""
LESS, GREATER = "LessThanThreshold", "GreaterThanThreshold"
SUGGESTED = {
    "regression": {"mae": GREATER, "mse": GREATER, "rmse": GREATER, "r2": LESS},
    "binary_classification": {
        "recall": LESS,
        "precision": LESS,
        "accuracy": LESS,
        "true_positive_rate": LESS,
        "true_negative_rate": LESS,
        "false_positive_rate": GREATER,
        "false_negative_rate": GREATER,
        "auc": LESS,
        "f0_5": LESS,
        "f1": LESS,
        "f2": LESS,
    },
    "multiclass_classification": {
        "accuracy": LESS,
        "weighted_recall": LESS,
        "weighted_precision": LESS,
        "weighted_f0_5": LESS,
        "weighted_f1": LESS,
        "weighted_f2": LESS,
    },
}
OURS = ("mcc", "log_loss", "brier_score", "expected_calibration_error", "au_prc", "accuracy_best_constant_classifier")


def statistics(block: str, **metrics: dict[str, object]) -> QualityStatistics:
    return QualityStatistics.model_validate({"dataset": {"item_count": 1000}, f"{block}_metrics": metrics})


@pytest.mark.parametrize("mode", ["default", "sagemaker"])
def test_the_violations_of_the_specification(mode):
    demanded = QualityConstraints.model_validate_json(CONSTRAINED)
    measured = {"recall": (0.62, 0.013), "false_positive_rate": (0.06, 0.01)}
    entries = {name: {"value": value, "standard_deviation": sd} for name, (value, sd) in measured.items()}
    findings, _ = evaluate(demanded, None, statistics("binary_classification", **entries), mode)
    keys = set(QualityViolation.model_fields)
    written = QualityViolations(violations=[QualityViolation(**f.model_dump(include=keys)) for f in findings]).to_json()
    assert json.dumps(json.loads(written)) == json.dumps(json.loads(VIOLATED))


def test_a_deviation_that_is_not_known_is_not_told():
    demanded = QualityConstraints.model_validate_json(CONSTRAINED)
    window = statistics("binary_classification", recall={"value": 0.62})
    [finding] = evaluate(demanded, None, window, "sagemaker")[0]
    assert finding.description == "Metric recall with 0.62 was LessThanThreshold '0.81'"


@pytest.mark.parametrize("block", SUGGESTED)
def test_the_baselines_values_are_suggested_of_the_services_metrics_and_no_other(block):
    names = [*OURS, *reversed(SUGGESTED[block])]
    document = constraints(statistics(block, **{name: {"value": 0.5} for name in names}))
    assert json.loads(document.to_json()) == {
        "version": 0.0,
        f"{block}_constraints": {
            name: {"threshold": 0.5, "comparison_operator": operator} for name, operator in SUGGESTED[block].items()
        },
    }
