"""The worked numbers of the specification (model-quality.md, 4.2)."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.metrics import metrics
from kedge.analysis.quality.measures import best_constant, measures
from kedge.domain.roles import Roles
from kedge.testing.outcomes import quality

MULTICLASS = {
    "accuracy": 0.6288167938931297,
    "weighted_recall": 0.6288167938931297,
    "weighted_precision": 0.6983172269629505,
    "weighted_f0_5": 0.6803947317178771,
    "weighted_f1": 0.6571162346664904,
    "weighted_f2": 0.63840243543946,
    "accuracy_best_constant_classifier": 0.19370229007633588,
    "weighted_recall_best_constant_classifier": 0.19370229007633588,
    "weighted_precision_best_constant_classifier": 0.03752057718081697,
}
ROUNDED = {"weighted_f0_5": 0.0447344, "weighted_f1": 0.0628642, "weighted_f2": 0.1057031}


@pytest.fixture(scope="module")
def docs():
    """The multiclass example: rows actual, {0: {0: 1180, 1: 510}, 1: {0: 268, 1: 138}}."""
    actual, predicted = ([a, b] for a, b in zip([0, 0, 1, 1], [0, 1, 0, 1], strict=True)), [1180, 510, 268, 138]
    rows = np.repeat(list(actual), predicted, axis=0)
    roles = Roles("MulticlassClassification", "y", "p")
    return quality(roles, y=rows[:, 0].tolist(), p=rows[:, 1].tolist())


@pytest.mark.parametrize(("name", "value"), MULTICLASS.items())
def test_the_multiclass_example_is_the_services(docs, name, value):
    assert measures(docs, metrics(), "sagemaker")[name].value == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(("name", "value"), ROUNDED.items())
def test_the_constant_answer_of_the_example_is_class_1(docs, name, value):
    found = measures(docs, metrics(), "sagemaker")[f"{name}_best_constant_classifier"]
    assert found.value == pytest.approx(value, abs=5e-8)


def test_by_default_the_constant_answer_is_the_most_frequent_label(docs):
    assert best_constant(docs.whole) == "0"
    assert measures(docs, metrics())["accuracy_best_constant_classifier"].value == 1690 / 2096


def test_the_example_of_binary_constants_is_the_services():
    found = measures(
        quality(Roles("BinaryClassification", "y", "p"), y=[1, 0, 0, 0], p=[0] * 4), metrics(), "sagemaker"
    )
    names = ("accuracy", "precision", "recall")
    assert [found[f"{name}_best_constant_classifier"].value for name in names] == [0.25, 0.25, 1.0]


def test_one_minus_the_false_positive_rate_is_the_services_float():
    found = measures(quality(Roles("BinaryClassification", "y", "p"), y=[0, 0, 0], p=[1, 1, 0]), metrics())
    assert found["true_negative_rate"].value == 0.33333333333333337


def test_the_r2_of_the_regression_example_is_the_services():
    wrong, positive, rows = 778, 406, 2096  # errors and labels of 0 and 1, in the shares of the example
    labels = np.repeat([1, 0], [positive, rows - positive])
    told = labels ^ (np.arange(rows) < wrong)
    found = measures(quality(Roles("Regression", "y", "p"), y=labels.tolist(), p=told.tolist()), metrics())
    assert found["r2"].value == pytest.approx(-1.37661, abs=5e-6)
