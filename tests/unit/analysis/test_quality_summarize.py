"""The statistics of labels and answers; scikit-learn is the oracle of curves and tables."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, precision_recall_curve, precision_recall_fscore_support, roc_curve

from kedge.analysis.batch import Batch, column
from kedge.analysis.metrics import metrics
from kedge.analysis.quality.documents import BinaryMetrics, QualityStatistics
from kedge.analysis.quality.evaluate import evaluate
from kedge.analysis.quality.quality import Quality
from kedge.analysis.quality.suggest import constraints
from kedge.analysis.quality.summarize import statistics
from kedge.domain.roles import Roles

RANDOM = np.random.default_rng(1)
LABELS = RANDOM.integers(0, 2, 400)
SCORES = np.round(np.clip(RANDOM.normal(0.35 + 0.3 * LABELS, 0.2), 0, 1), 2)
COLOURS = RANDOM.choice(["blue", "green", "red"], 300), RANDOM.choice(["blue", "green", "red"], 300)
BINARY = Roles("BinaryClassification", "y", prediction="p", probability="s", segments=("sex",))


def told(roles: Roles, mode="default", **columns: object) -> QualityStatistics:
    batch = Batch({name: column(list(values)) for name, values in columns.items()}, _keys(len(columns["y"])))
    return statistics(Quality(roles).update(batch), metrics(), mode)


def _keys(rows: int) -> np.ndarray:
    return np.random.default_rng(2).integers(0, 1 << 63, rows).astype(np.uint64)


def binary(mode="default", labels=LABELS, scores=SCORES, roles=BINARY) -> QualityStatistics:
    given = {"y": labels.tolist(), "s": scores.tolist(), "p": (scores > 0.5).astype(int).tolist()}
    return told(roles, mode, **given, sex=["1", "2"] * (len(labels) // 2))


def classes() -> QualityStatistics:
    return told(Roles("MulticlassClassification", "y", prediction="p"), y=COLOURS[0].tolist(), p=COLOURS[1].tolist())


def test_the_keys_come_in_the_services_order_and_ours_after():
    found = binary()
    written = json.loads(found.to_json())
    names = [name for name in BinaryMetrics.model_fields if name != "positive_class"]
    assert list(written["binary_classification_metrics"]) == names
    assert written["dataset"] == {"item_count": 400}
    assert QualityStatistics.model_validate(written) == found


def test_the_roc_curve_is_that_of_scikit_learn():
    curve = binary().metrics.receiver_operating_characteristic_curve
    # Ours ends with (1, 1) once more, as Spark's does.
    false, true, _ = roc_curve(LABELS, SCORES, drop_intermediate=False)
    assert curve.false_positive_rates == pytest.approx([*false, 1.0])
    assert curve.true_positive_rates == pytest.approx([*true, 1.0])


def test_the_precision_recall_curve_is_that_of_scikit_learn():
    curve = binary().metrics.precision_recall_curve
    precision, recall, _ = precision_recall_curve(LABELS, SCORES)
    assert curve.recalls == pytest.approx(recall[::-1])
    assert curve.precisions[1:] == pytest.approx(precision[::-1][1:])
    assert curve.precisions[0] == curve.precisions[1]


def test_the_reliability_curve_is_that_of_scikit_learn():
    curve = binary().metrics.reliability_curve
    true, said = calibration_curve(LABELS, SCORES, n_bins=10)
    assert curve.positive_rates == pytest.approx(true)
    assert curve.mean_scores == pytest.approx(said)
    assert sum(curve.item_counts) == 400


def test_of_many_classes_only_the_pairs_are_written_that_occur():
    names = [f"c{i}" for i in range(101)]
    found = told(Roles("MulticlassClassification", "y", prediction="p"), y=names, p=names[1:] + names[:1])
    assert found.metrics.confusion_matrix["c0"] == {"c1": 1}


def test_matrix_and_table_of_classes_are_those_of_scikit_learn():
    block = classes().metrics
    names = ["blue", "green", "red"]
    assert [list(row.values()) for row in block.confusion_matrix.values()] == confusion_matrix(*COLOURS).tolist()
    figures = np.array(precision_recall_fscore_support(*COLOURS, labels=names))
    found = [[c.precision, c.recall, c.f1, c.item_count] for c in block.per_class.values()]
    assert pytest.approx(figures) == np.array(found).T


def test_a_segment_has_the_metrics_of_its_rows():
    found, alone = binary().segments["sex"]["1"], binary(labels=LABELS[::2], scores=SCORES[::2])
    assert found.item_count == 200
    assert found.confusion_matrix == alone.metrics.confusion_matrix
    assert found.scalars["auc"].value == pytest.approx(alone.metrics.auc.value)


@pytest.mark.parametrize("mode", ["default", "sagemaker"])
def test_a_baseline_has_no_violation_of_its_own(mode):
    for found in (binary(mode), classes()):
        assert evaluate(constraints(found), found, found, mode) == ([], [])


def test_few_rows_have_no_deviation_in_the_mode_of_the_service():
    few = binary("sagemaker", LABELS[:198], SCORES[:198])
    assert few.metrics.recall.standard_deviation == "NaN"
    assert binary(labels=LABELS[:198], scores=SCORES[:198]).metrics.recall.standard_deviation > 0


def test_what_is_not_defined_is_left_out():
    block = binary(labels=LABELS * 0).metrics
    assert (block.auc, block.receiver_operating_characteristic_curve, block.precision_recall_curve) == (None,) * 3
    assert block.confusion_matrix["1"] == {"0": 0, "1": 0}


def test_another_positive_class_is_named():
    roles = Roles("BinaryClassification", "y", prediction="p", positive="yes")
    found = told(roles, y=["yes", "no"] * 50, p=["yes", "no"] * 49 + ["no", "yes"])
    assert found.metrics.positive_class == "yes"
    assert found.metrics.confusion_matrix == {"no": {"no": 49, "yes": 1}, "yes": {"no": 1, "yes": 49}}


def test_rows_without_label_are_not_counted():
    roles = Roles("Regression", "y", prediction="p")
    found = told(roles, y=[1.0, None, 3.0], p=[1.0, 2.0, 4.0])
    assert found.dataset.item_count == 2
    assert found.metrics.mae.value == 0.5
