"""The rule, branch by branch."""

from __future__ import annotations

import json
import math

import pytest

from kedge.analysis.quality.chance import Side, allowance
from kedge.analysis.quality.documents import MetricValue, QualityConstraints, QualityStatistics
from kedge.analysis.quality.evaluate import evaluate, held_back
from kedge.analysis.quality.suggest import constraints
from kedge.errors import DocumentError

LESS, GREATER = "LessThanThreshold", "GreaterThanThreshold"


def statistics(rows: int = 1000, segments=None, matrix=None, **metrics: tuple[float, float | str] | float):
    values = {name: _value(*given) if isinstance(given, tuple) else _value(given) for name, given in metrics.items()}
    return QualityStatistics.model_validate(
        {
            "dataset": {"item_count": rows},
            "binary_classification_metrics": values | {"confusion_matrix": matrix},
            "segments": segments,
        }
    )


def _value(value: float, deviation: float | str = "NaN") -> dict[str, object]:
    return {"value": value, "standard_deviation": deviation}


def demands(segments=None, operator=LESS, z=None, **thresholds: float) -> QualityConstraints:
    block = {
        name: {"threshold": threshold, "comparison_operator": operator, "standard_deviations": z}
        for name, threshold in thresholds.items()
    }
    data = {"binary_classification_constraints": block, "segment_constraints": segments}
    return QualityConstraints.model_validate(data)


def broken(demanded, baseline, window, mode="default") -> list[str]:
    return [finding.metric_name for finding in evaluate(demanded, baseline, window, mode)[0]]


@pytest.mark.parametrize(
    ("operator", "value", "deviation", "said"),
    [
        (LESS, 0.79, 0.02, False),
        (LESS, 0.77, 0.02, True),
        (LESS, 0.79, "NaN", True),
        (LESS, 0.8, "NaN", False),
        (GREATER, 0.81, 0.02, False),
        (GREATER, 0.83, 0.02, True),
        (GREATER, 0.81, "NaN", True),
    ],
)
def test_the_service_allows_one_deviation_of_the_window(operator, value, deviation, said):
    window = statistics(recall=(value, deviation))
    assert bool(broken(demands(recall=0.8, operator=operator), None, window, "sagemaker")) is said


def test_the_service_knows_neither_segments_nor_deviations_of_ours():
    segment = {"segment": "sex", "value": "2"} | demands(auc=0.9).model_dump()
    window = statistics(auc=(0.85, 0.01), segments={"sex": {"2": {"item_count": 500, "auc": _value(0.1)}}})
    findings, notes = evaluate(demands(auc=0.8, z=0.1, segments=[segment]), None, window, "sagemaker")
    assert (findings, notes) == ([], [])


def test_a_threshold_of_the_baseline_is_uncertain_and_one_of_a_person_is_not():
    baseline = Side({"auc": MetricValue(**_value(0.8, 0.03))}, 1000)
    window = Side({"auc": MetricValue(**_value(0.7, 0.04))}, 4000)
    assert allowance("auc", 0.8, baseline, window) == pytest.approx(0.05)
    assert allowance("auc", 0.81, baseline, window) == pytest.approx(0.04)


def test_a_handful_of_rows_has_the_deviation_that_the_baseline_says():
    baseline = Side({"auc": MetricValue(**_value(0.8, 0.03))}, 900)
    window = Side({"auc": MetricValue(**_value(0.0, 0.0))}, 4)
    assert allowance("auc", 0.81, baseline, window) == pytest.approx(0.03 * 15)


@pytest.mark.parametrize(("value", "said"), [(0.72, []), (0.7, ["auc"])])
def test_three_deviations_are_allowed(value, said):
    baseline, window = statistics(auc=(0.8, 0.02)), statistics(auc=(value, 0.02))
    assert broken(constraints(baseline), baseline, window) == said


@pytest.mark.parametrize(("z", "said"), [(2.0, ["auc"]), (4.0, [])])
def test_a_constraint_says_how_many_are_allowed(z, said):
    baseline, window = statistics(auc=(0.9, 0.02)), statistics(auc=(0.74, 0.02))
    assert broken(demands(auc=0.8, z=z), baseline, window) == said


MATRIX = {"0": {"0": 900, "1": 98}, "1": {"0": 2, "1": 0}}


def test_recall_of_two_rows_is_no_alarm_however_many_others_there_are():
    baseline = statistics(2000, {}, {"0": {"0": 1500, "1": 100}, "1": {"0": 80, "1": 320}}, recall=(0.8, 0.02))
    assert broken(constraints(baseline), baseline, statistics(1000, {}, MATRIX, recall=(0.0, 0.0))) == []
    assert broken(constraints(baseline), None, statistics(1000, {}, MATRIX, recall=(0.0, 0.0))) == []
    assert broken(constraints(baseline), baseline, statistics(1000, recall=(0.0, 0.0))) == ["recall"]


def test_the_positive_class_may_have_another_name():
    matrix = {"no": {"no": 900, "yes": 98}, "yes": {"no": 2, "yes": 0}}
    window = statistics(1000, None, matrix, recall=(0.0, 0.0))
    window.metrics.positive_class = "yes"
    assert Side.of(window).count("recall") == 2


def test_in_a_segment_its_own_rows_count():
    part = {"item_count": 100, "recall": _value(0.0, 0.0), "confusion_matrix": {"0": {"0": 98}, "1": {"0": 2}}}
    segment = {"segment": "sex", "value": "2"} | demands(recall=0.8).model_dump()
    window = statistics(1000, {"sex": {"2": part}}, {"0": {"0": 500}, "1": {"1": 500}}, recall=(1.0, 0.0))
    assert broken(demands(recall=0.8, segments=[segment]), None, window) == []


def test_a_recall_of_all_of_few_rows_is_not_certain():
    twenty = {"0": {"0": 180, "1": 0}, "1": {"0": 0, "1": 20}}
    baseline = statistics(200, {}, twenty, recall=(1.0, 0.0))
    window = statistics(10_000, {}, {"0": {"0": 9000, "1": 0}, "1": {"0": 30, "1": 970}}, recall=(0.97, 0.005))
    assert broken(constraints(baseline), baseline, window) == []


def test_what_no_row_counts_for_is_not_judged_and_noted():
    none = {"0": {"0": 900, "1": 0}, "1": {"0": 100, "1": 0}}
    findings, notes = evaluate(demands(precision=0.9), None, statistics(1000, {}, none, precision=(0.0, 0.0)))
    assert findings == []
    assert notes == ["Nothing is known of what chance does to precision, so it is not judged."]


def test_without_a_deviation_of_either_side_nothing_is_judged():
    findings, notes = evaluate(demands(auc=0.9), None, statistics(10, auc=0.1))
    assert findings == []
    assert notes == ["Nothing is known of what chance does to auc, so it is not judged."]


@pytest.mark.parametrize("mode", ["default", "sagemaker"])
def test_a_metric_that_the_window_does_not_have_is_noted(mode):
    findings, notes = evaluate(demands(auc=0.9, recall=0.8), None, statistics(recall=(0.8, 0.1)), mode)
    assert findings == []
    assert notes == ["The window has no auc, so what is demanded of it is not judged."]


def test_constraints_of_another_problem_are_refused():
    others = QualityConstraints(regression_constraints={})
    with pytest.raises(DocumentError, match="of Regression, and the window is of BinaryClassification"):
        evaluate(others, None, statistics(auc=0.9))


def segmented(values: dict[str, float], rows: int = 1000) -> QualityStatistics:
    found = {name: {"item_count": rows, "auc": _value(value, 0.02)} for name, value in values.items()}
    return statistics(auc=(0.8, 0.02), segments={"SEX": found})


def test_a_segment_is_judged_and_named():
    baseline, window = segmented({"1": 0.8, "2": 0.8}), segmented({"1": 0.8, "2": 0.6})
    [finding] = evaluate(constraints(baseline), baseline, window)[0]
    assert finding.segment == "SEX=2"
    assert finding.description == "Metric auc with 0.6 +/- 0.02 was LessThanThreshold '0.8' in SEX=2"


@pytest.mark.parametrize(("segments", "said"), [(1, 1), (20, 0)])
def test_of_many_segments_each_is_allowed_more(segments, said):
    before, now = {"0": 0.8}, {"0": 0.71}
    for i in range(1, segments):
        before[str(i)] = now[str(i)] = 0.8
    findings, _ = evaluate(constraints(segmented(before)), segmented(before), segmented(now))
    assert len(findings) == said


def test_a_segment_that_the_window_does_not_have_is_noted():
    baseline = segmented({"1": 0.8, "2": 0.8})
    _, notes = evaluate(constraints(baseline), baseline, segmented({"1": 0.8}))
    assert notes == ["The window has no metrics of the segments SEX=2, so they are not judged."]


def test_a_finding_has_its_figures_and_no_number_that_json_does_not_have():
    [finding] = evaluate(demands(recall=0.81), statistics(recall=0.9), statistics(recall=(0.62, "NaN")))[0]
    found = json.loads(json.dumps(finding.model_dump(), allow_nan=False))
    assert (found["observed"], found["expected"], found["severity"]) == (0.62, 0.81, "error")
    assert found["standard_deviation"] is None
    assert found["detail"] == {
        "baseline": 0.9,
        "allowed": pytest.approx(0.037, abs=1e-3),
        "rows": 1000,
        "counted": 1000,
    }


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("mode", ["default", "sagemaker"])
def test_a_metric_that_is_no_number_is_not_judged(value, mode):
    findings, notes = evaluate(demands(auc=0.8), None, statistics(auc=(value, 0.01)), mode)
    assert (len(findings), len(notes)) == (0, 1)


ASKED = {"minimum_coverage": 0.5, "minimum_rows": 300}
FEW = (
    "12.0 % of the captures have a label, fewer than the 50.0 % demanded, so there is no verdict yet: check again when"
)


@pytest.mark.parametrize(
    ("coverage", "rows", "asked", "said"),
    [
        (0.12, 1000, ASKED, FEW),
        (0.5, 299, ASKED, "299 rows have a label, fewer than the 300 demanded, so there is no verdict yet"),
        (0.5, 300, ASKED, None),
        (None, 300, ASKED, None),
        (0.0, 0, None, None),
        (0.0, 0, {}, None),
    ],
)
def test_a_verdict_is_held_back_until_enough_is_labelled(coverage, rows, asked, said):
    demanded = QualityConstraints(regression_constraints={}, ground_truth_constraints=asked)
    assert (held_back(demanded, coverage, rows) or "").startswith(said or "")
    assert (said is None) == (held_back(demanded, coverage, rows) is None)
