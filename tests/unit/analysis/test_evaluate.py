from __future__ import annotations

import json
from math import inf

import numpy as np
import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.documents import Constraints
from kedge.analysis.evaluate import evaluate
from kedge.analysis.profile import Profile
from kedge.analysis.remembered import features
from kedge.analysis.suggest import constraints
from kedge.analysis.summarize import statistics

BASELINE = {
    "age": [20, 30, 40, 50] * 50,
    "height": [1.5, 1.6, 1.7, 1.8] * 50,
    "colour": ["red", "blue"] * 100,
}


def profile(**columns: object) -> Profile:
    columns = {name: list(values) for name, values in columns.items()}
    rows = len(next(iter(columns.values())))
    batch = Batch({name: column(values) for name, values in columns.items()}, np.arange(rows, dtype=np.uint64))
    return Profile().update(batch)


def verdict(window: dict[str, object], mode="default", baseline=BASELINE, **config):
    known = profile(**baseline)
    demanded = constraints(known).model_dump() | {"monitoring_config": config}
    return evaluate(Constraints.model_validate(demanded), known.features, profile(**window).features, mode)


def found(window: dict[str, object], mode="default", **config) -> list[tuple[str, str]]:
    findings, _ = verdict(window, mode, **config)
    return [(finding.feature_name, finding.constraint_check_type) for finding in findings]


@pytest.mark.parametrize("mode", ["default", "sagemaker"])
def test_the_data_of_the_baseline_has_no_violation(mode):
    assert found(BASELINE, mode) == []


def test_findings_come_by_column_and_then_by_check():
    window = {"extra": [1] * 200, "colour": ["pink"] * 200, "age": [20.5] * 199 + [None]}
    assert found(window) == [
        ("age", "baseline_drift_check"),
        ("age", "completeness_check"),
        ("age", "data_type_check"),
        ("height", "missing_column_check"),
        ("colour", "baseline_drift_check"),
        ("colour", "categorical_values_check"),
        ("extra", "extra_column_check"),
    ]


def test_a_renamed_column_is_missing_and_extra_but_not_for_the_service():
    window = {"age": BASELINE["age"], "size": BASELINE["height"], "colour": BASELINE["colour"]}
    assert found(window) == [("height", "missing_column_check"), ("size", "extra_column_check")]
    assert found(window, "sagemaker") == []


def test_every_feature_has_its_distance_whether_or_not_it_drifted():
    _, distances = verdict(BASELINE | {"age": [50] * 200})
    assert {name: round(drift.distance, 2) for name, drift in distances.items()} == {
        "age": 0.57,
        "height": 0.0,
        "colour": 0.0,
    }


def test_without_the_baselines_statistics_all_but_drift_is_judged():
    demanded = constraints(profile(**BASELINE))
    window = profile(**BASELINE | {"age": [99.5] * 200}).features
    findings, distances = evaluate(demanded, {}, window)
    assert [finding.constraint_check_type for finding in findings] == ["data_type_check"]
    assert distances == {}


def test_disabled_constraints_judge_nothing():
    window = {"age": ["x"] * 200}
    assert verdict(window, evaluate_constraints="Disabled") == ([], {})


def test_a_disabled_comparison_leaves_the_other_checks():
    window = BASELINE | {"age": [20.5] * 200}
    disabled = {"perform_comparison": "Disabled"}
    assert found(window, distribution_constraints=disabled) == [("age", "data_type_check")]


ODD = [
    [],
    [None, None],
    [inf, -inf],
    [1],
    [2.5],
    ["a"],
    [True],
    [7] * 9,
    [1e308, -1e308],
    [None, 1, "a", 2.5],
]


@pytest.mark.parametrize("mode", ["default", "sagemaker"])
@pytest.mark.parametrize("method", ["LInfinity", "ChiSquared"])
@pytest.mark.parametrize("window", ODD, ids=str)
@pytest.mark.parametrize("baseline", ODD, ids=str)
def test_odd_columns_never_make_a_nan_or_an_exception(baseline, window, method, mode):
    known, current = profile(f=baseline), profile(f=window)
    demanded = constraints(known, categorical_drift_method=method)
    findings, distances = evaluate(demanded, features(statistics(known)), current.features, mode)
    documents = [statistics(current), demanded, *findings, *distances.values()]
    json.dumps([document.model_dump() for document in documents], allow_nan=False)
