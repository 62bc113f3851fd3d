"""The files of model-quality.md, 4.2 to 4.5, key by key."""

from __future__ import annotations

import json

import pytest

from kedge.analysis.quality.documents import (
    CONSTRAINTS,
    METRICS,
    MetricConstraint,
    QualityConstraints,
    QualityStatistics,
    QualityViolation,
    QualityViolations,
    is_quality,
)
from kedge.errors import DocumentError
from kedge.reading.documents import read

REGRESSION = """{"version":0.0,
 "dataset":{"item_count":627,"start_time":"2024-05-01T09:00:00Z","end_time":"2024-05-01T10:00:00Z",
   "evaluation_time":"2024-05-01T10:14:34.729Z"},
 "regression_metrics":{"mae":{"value":1.59,"standard_deviation":0.0195},"mse":{"value":5.03,"standard_deviation":0.19},
   "rmse":{"value":2.24,"standard_deviation":0.0425},"r2":{"value":0.237,"standard_deviation":0.0295}}}"""
CONSTRAINED = """{"version":0.0,"binary_classification_constraints":{
   "recall":{"threshold":0.81,"comparison_operator":"LessThanThreshold"},
   "false_positive_rate":{"threshold":0.07,"comparison_operator":"GreaterThanThreshold"}}}"""
VIOLATED = """{"violations":[{"metric_name":"recall","constraint_check_type":"LessThanThreshold",
                "description":"Metric recall with 0.62 +/- 0.013 was LessThanThreshold '0.81'"}]}"""
SPECIFIED = ((QualityStatistics, REGRESSION), (QualityConstraints, CONSTRAINED), (QualityViolations, VIOLATED))
RECALL = {"recall": {"threshold": 0.81, "comparison_operator": "LessThanThreshold"}}


def statistics(**blocks: object) -> QualityStatistics:
    return QualityStatistics.model_validate({"dataset": {"item_count": 4}} | blocks)


@pytest.mark.parametrize(("model", "text"), SPECIFIED, ids=lambda given: getattr(given, "__name__", ""))
def test_the_files_of_the_specification_are_written_as_they_were_read(model, text):
    written = read(model, text.encode(), "file.json").to_json()
    assert list(_entries(json.loads(written))) == list(_entries(json.loads(text)))


def _entries(data: object):
    """Yield every key and every value, in order."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from _entries(value)
    else:
        yield from (map(str, data) if isinstance(data, list) else [data])


@pytest.mark.parametrize("written", ['"NaN"', "NaN", "null"])
def test_a_standard_deviation_that_is_not_known_is_the_text_nan(written):
    r2 = f'{{"value": 1, "standard_deviation": {written}}}'
    text = f'{{"dataset": {{"item_count": 4}}, "regression_metrics": {{"r2": {r2}}}}}'
    found = read(QualityStatistics, text.encode(), "statistics.json")
    assert found.metrics.scalars["r2"].spread is None
    assert json.loads(found.to_json())["regression_metrics"] == {"r2": {"value": 1.0, "standard_deviation": "NaN"}}


def test_ours_come_after_the_services_and_plugins_last():
    block = {"gini": {"value": 0.1}, "mcc": {"value": 0.2}, "f1": {"value": 0.3}, "recall": {"value": 0.4}}
    found = statistics(binary_classification_metrics=block, segments={"sex": {"2": {"item_count": 3} | block}})
    assert list(json.loads(found.to_json())["binary_classification_metrics"]) == ["recall", "f1", "mcc", "gini"]
    assert [value.value for value in found.metrics.scalars.values()] == [0.4, 0.3, 0.2, 0.1]
    assert found.segments["sex"]["2"].scalars["gini"].value == 0.1


def test_curves_stand_on_one_line_each():
    block = {"precision_recall_curve": {"precisions": [1, 0.5], "recalls": [0, 1]}}
    assert '"precisions" : [ 1.0, 0.5 ],\n' in statistics(binary_classification_metrics=block).to_json()


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_number_of_json_is_infinite_or_none(value):
    block = {"ours": {"value": value}}
    found = statistics(regression_metrics=block, ground_truth={"age_p50": value}).to_json()
    json.loads(found, parse_constant=pytest.fail)


def test_what_nobody_set_is_not_written():
    found = QualityConstraints(regression_constraints={})
    assert json.loads(found.to_json()) == {"version": 0.0, "regression_constraints": {}}


def test_what_was_set_is_written_and_what_others_set_is_kept():
    set_ = {"ground_truth_constraints": {"minimum_coverage": 0.5}, "segment_constraints": [_segment(RECALL)]}
    theirs = {"recall": RECALL["recall"] | {"additional_properties": None, "owner": "us", "standard_deviations": 2.0}}
    found = QualityConstraints.model_validate({"binary_classification_constraints": theirs} | set_)
    del theirs["recall"]["additional_properties"]
    assert json.loads(found.to_json()) == {"version": 0.0, "binary_classification_constraints": theirs} | set_


def _segment(block: object) -> dict[str, object]:
    return {"segment": "sex", "value": "2", "binary_classification_constraints": block}


def test_a_violation_has_the_services_keys_in_its_order():
    violation = QualityViolation(metric_name="auc", constraint_check_type="LessThanThreshold", description="Why.")
    written = json.loads(QualityViolations(violations=[violation]).to_json())
    assert list(written["violations"][0]) == ["metric_name", "constraint_check_type", "description"]


@pytest.mark.parametrize(("problem", "block"), CONSTRAINTS.items())
def test_the_block_tells_the_problem(problem, block):
    demand = MetricConstraint(threshold=1, comparison_operator="LessThanThreshold")
    assert QualityConstraints.model_validate({block: {"m": demand}}).problem == problem
    assert statistics(**{METRICS[problem]: {}}).problem == problem


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (REGRESSION, True),
        (CONSTRAINED, True),
        (VIOLATED, True),
        ('{"violations": [{"feature_name": "age"}]}', False),
        ('{"violations": null}', False),
        ('{"features": []}', False),
    ],
)
def test_a_document_of_model_quality_is_told_by_its_keys(raw, told):
    assert is_quality(json.loads(raw)) is told


BINARY = (
    '{\n "binary_classification_constraints": {\n  "recall": {"threshold": 0.8, "comparison_operator": "LessThan"}}}'
)
MISSPELT = (
    '{\n "regression_constraints": {\n  "rmes": {"threshold": 1, "comparison_operator": "GreaterThanThreshold"}}}'
)
MISSPELT_KEY = MISSPELT.replace("rmes", "mae").replace('"threshold": 1', '"threshold": 1, "standard_deviation": 2')
TWO = '{"regression_constraints": {}, "multiclass_classification_constraints": {}}'
OTHER = f'{{"regression_constraints": {{}}, "segment_constraints": [{json.dumps(_segment(RECALL))}]}}'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            BINARY,
            r"^c\.json:3: .*\.recall\.comparison_operator: .*'LessThanThreshold'.* Found 'LessThan'\. Did you mean",
        ),
        (MISSPELT, r"^c\.json:3: regression_constraints\.rmes: .*Found 'rmes'\. Did you mean 'rmse'\?"),
        (TWO, r"^c\.json:1: .*found regression_constraints and multiclass_classification_constraints"),
        (
            MISSPELT_KEY,
            r"^c\.json:3: regression_constraints\.mae: There is no key 'standard_deviation'; 'standard_devi",
        ),
        ('{"ground_truth_constraint": {}, "regression_constraints": {}}', "'ground_truth_constraints' is nearly so"),
        ("{}", "There should be one of .*, found none of them"),
        (OTHER, "A segment has binary_classification_constraints, where the file has regression_constraints"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, said):
    with pytest.raises(DocumentError, match=said):
        read(QualityConstraints, text.encode(), "c.json", metrics=["rmse", "recall", "mae"])


def test_metrics_of_the_best_constant_classifier_can_be_demanded():
    block = {"recall_best_constant_classifier": RECALL["recall"]}
    text = json.dumps({"binary_classification_constraints": block})
    assert list(read(QualityConstraints, text.encode(), "c.json", metrics=["recall"]).metrics) == list(block)
