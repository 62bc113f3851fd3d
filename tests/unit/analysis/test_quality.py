from __future__ import annotations

import json
import random
from math import inf, nan

import numpy as np
import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.hashing import hash_keys
from kedge.analysis.metrics import Metric, metrics
from kedge.analysis.quality.curves import matrix, per_class, precision_recall, reliability, roc
from kedge.analysis.quality.measures import measures, segments, undefined
from kedge.analysis.quality.quality import Quality
from kedge.analysis.quality.remarks import remarks
from kedge.analysis.quality.replicas import weights
from kedge.analysis.quality.scores import Scores, score_keys
from kedge.domain.roles import Roles
from kedge.errors import InputError, PluginError
from kedge.testing.outcomes import classified, quality, scored

METRICS = metrics()
BINARY, SCORED = Roles("BinaryClassification", "y", "p"), Roles("BinaryClassification", "y", probability="s")
MULTICLASS, REGRESSION = Roles("MulticlassClassification", "y", "p"), Roles("Regression", "y", "p")


# --- what a value says -----------------------------------------------------------------------------


@pytest.mark.parametrize("one", [1, 1.0, "1.0", " 1", "1e0", True, "True", "TRUE"])
@pytest.mark.parametrize("zero", [0, -0.0, "0", "00", False, "false"])
def test_values_that_say_the_same_are_one_class(one, zero):
    assert matrix(classified([1, 0, "true"], [one, zero, one])) == {"0": {"0": 1, "1": 0}, "1": {"0": 0, "1": 2}}


def test_classes_are_texts_in_order():
    found = classified(["b ", 2.5, 10**15, "é"], ["b", "2.50", 1e15, " é"], problem="MulticlassClassification")
    assert found.confusion.classes == ("1000000000000000", "2.5", "b", "é")


@pytest.mark.parametrize("missing", [None, nan, "nan", inf, " "])
def test_rows_without_a_label_are_counted_and_left_out(missing):
    found = quality(BINARY, y=[1, missing, 0], p=[1, 1, 0])
    assert (found.rows, found.unlabelled, found.whole.rows.tolist()) == (3, 1, [2])


def test_rows_without_a_prediction_are_counted_and_left_out():
    found = quality(BINARY, y=[1, 1, None], p=[1, None, None])
    assert (found.unlabelled, found.unpredicted, found.whole.rows.tolist()) == (1, 1, [1])


def test_a_batch_without_the_label_is_unlabelled():
    found = quality(BINARY, p=[1, 0]).merge(quality(BINARY, y=[1], p=[1]))
    assert (found.rows, found.unlabelled, found.unpredicted) == (3, 2, 0)


def test_a_batch_without_the_prediction_is_unpredicted():
    assert quality(BINARY, y=[1, 0], other=[1, 0]).unpredicted == 2


@pytest.mark.parametrize("unusable", [nan, inf, -inf, None, "high"])
def test_rows_without_a_finite_score_are_counted_and_not_used(unusable):
    found = quality(SCORED, y=[1, 0, 1], s=[0.9, 0.1, unusable])
    assert (found.unscored, found.whole.scored.tolist(), found.whole.rows.tolist()) == (1, [2], [2])


def test_numbers_that_are_not_finite_are_counted_in_a_regression():
    found = quality(REGRESSION, y=[1, 2, inf, "x", 5], p=[1, "x", 3, 4, None])
    assert (found.unusable, found.unpredicted, found.whole.rows.tolist()) == (3, 1, [1])


def test_without_a_prediction_the_probability_tells_the_class_above_the_threshold():
    roles = Roles("BinaryClassification", "y", probability="s", threshold=0.3)
    assert matrix(quality(roles, y=[1, 0], s=[0.31, 0.3]).whole) == {"0": {"0": 1, "1": 0}, "1": {"0": 0, "1": 1}}


def test_a_prediction_decides_labels_where_there_is_a_probability_too():
    roles = Roles("BinaryClassification", "y", "p", "s")
    found = quality(roles, y=[1, 0], p=[0, 1], s=[0.9, 0.1])
    assert measures(found, METRICS)["accuracy"].value == 0
    assert measures(found, METRICS)["auc"].value == 1


def test_another_positive_class_can_be_named():
    found = quality(Roles("BinaryClassification", "y", "p", positive="yes"), y=["yes", "no"], p=["yes", "yes"])
    assert measures(found, METRICS)["precision"].value == 0.5


def test_a_regression_keeps_the_distribution_of_its_residuals():
    assert quality(REGRESSION, y=[1, 2, None], p=[2, 4, 9]).residuals.moments.mean == 1.5


def test_too_many_classes_ask_whether_it_is_a_regression():
    rows = [i / 7 for i in range(1001)]
    with pytest.raises(InputError, match=r"1,000 different values.* --problem-type Regression"):
        quality(MULTICLASS, y=rows, p=rows)


def test_sketches_of_different_roles_are_not_merged():
    with pytest.raises(InputError, match="different roles: 'p' and 'other'"):
        quality(BINARY, y=[1], p=[1]).merge(Quality(Roles("BinaryClassification", "y", "other")))


# --- replicas --------------------------------------------------------------------------------------


def test_a_replica_counts_rows_as_often_as_their_keys_say():
    labels, told, keys = [1, 0, 1, 0, 1] * 40, [1, 1, 0, 0, 1] * 40, hash_keys("k", 0, 200)
    found = Quality(BINARY).update(Batch({"y": column(labels), "p": column(told)}, keys))
    drawn = weights(keys)[:50]
    both = np.array(labels) & np.array(told)
    assert found.replicas.true_positives.tolist() == (drawn * both).sum(1).tolist()


def test_any_cut_and_any_order_leave_the_same_bytes():
    shuffled = random.Random(1)
    rows = [(shuffled.random() < 0.4, shuffled.random(), key) for key in hash_keys("cut", 0, 3000).tolist()]
    texts = set()
    for size in (3000, 700, 64):
        shuffled.shuffle(rows)
        found = Quality(SCORED)
        for start in range(0, len(rows), size):
            labels, scores, keys = zip(*rows[start : start + size], strict=True)
            found = found.update(Batch({"y": column(labels), "s": column(scores)}, np.array(keys, np.uint64)))
        texts.add(json.dumps(found.to_json()))
    assert len(texts) == 1


def test_a_batch_of_more_rows_than_sums_hold_is_cut():
    labels = column([0, 1] * 100_000)
    keys = np.zeros(200_000, np.uint64)  # so that every replica counts every row as often
    scores = column([0.3, 0.99] * 100_000)
    found = Quality(SCORED).update(Batch({"y": labels, "s": scores}, keys))
    expected = found.replicas.rows / 2 * 0.3
    assert found.replicas.calibration.expected[:, 2] == pytest.approx(expected, rel=1e-9)


# --- histogram of scores ---------------------------------------------------------------------------


def test_keys_are_in_the_order_of_scores():
    tiny = 10.0 ** np.arange(-320, 0)
    scores = np.unique([-1e308, -5, *-tiny, 0.0, *tiny, 0.5, *(1 - tiny), 1.0, *(1 + tiny), 1.5, 7.25, 1e308])
    keys = score_keys(scores)
    inside = (scores >= 0) & (scores <= 1)
    assert (np.diff(keys) >= 0).all()
    assert len(np.unique(keys[inside])) == inside.sum()


def test_neighbouring_floats_between_0_and_1_are_told_apart():
    scores = np.random.default_rng(1).random(10_000)
    assert (score_keys(np.nextafter(scores, 2)) > score_keys(scores)).all()


@pytest.mark.parametrize("limit", [2, 7, 100, 999, 1000])
def test_as_many_bits_are_kept_as_the_limit_allows(limit):
    keys = score_keys(np.random.default_rng(2).normal(0.5, 1, 1000))
    found = Scores.of(np.ones((1, 1000), np.uint8), keys, keys > 0, limit)
    assert len(found.bins) == len(np.unique(keys >> found.shift)) <= limit
    assert found.exact or len(np.unique(keys >> found.shift - 1)) > limit


# --- measures --------------------------------------------------------------------------------------


def test_measures_are_in_the_order_of_the_services_file():
    found = list(measures(quality(Roles("BinaryClassification", "y", "p", "s"), y=[1, 0], p=[1, 0], s=[1, 0]), METRICS))
    assert found[:4] == ["recall", "precision", "accuracy", "recall_best_constant_classifier"]
    assert found[-4:] == ["brier_score", "expected_calibration_error", "log_loss", "mcc"]


def test_metrics_of_scores_are_left_out_where_none_is_asked_for():
    found = quality(BINARY, y=[1, 0], p=[1, 0])
    assert {"auc", "log_loss", "mae"} & {*measures(found, METRICS), *undefined(found, METRICS)} == set()


@pytest.mark.parametrize(
    ("rows", "mode", "told"), [(1, "default", 0), (2, "default", 1), (199, "sagemaker", 0), (200, "sagemaker", 1)]
)
def test_a_standard_deviation_takes_rows(rows, mode, told):
    found = measures(quality(REGRESSION, y=range(rows), p=[0] * rows), METRICS, mode)["mae"]
    assert (found.standard_deviation is not None) == bool(told)
    assert found.rows == rows


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        (quality(SCORED, y=[1, 1], s=[0.1, 0.9]), {"auc": "All labels are of one class."}),
        (quality(SCORED, y=[0], s=[0]), {"auc": "All labels are of one class.", "au_prc": "No label is positive."}),
        (quality(REGRESSION, y=[3, 3], p=[1, 2]), {"r2": "All labels are equal."}),
    ],
)  # fmt: skip
def test_what_is_undefined_is_left_out_with_a_reason(found, reasons):
    assert undefined(found, METRICS) == reasons
    assert measures(found, METRICS).keys() & reasons.keys() == set()


def test_scores_that_are_no_probabilities_leave_the_auc():
    found = quality(SCORED, y=[1, 0, 1], s=[3.0, -1.0, 0.5])
    assert undefined(found, METRICS).keys() == {"log_loss", "brier_score", "expected_calibration_error"}
    assert measures(found, METRICS)["auc"].value == 1
    assert "2 rows have a score that is not between 0 and 1, so no probability." in remarks(found)


def test_without_a_row_everything_is_undefined():
    found = quality(SCORED, y=[None], s=[0.5])
    assert measures(found, METRICS) == {}
    assert undefined(found, METRICS)["auc"] == "No row has both a label and a score."


def test_equal_scores_are_a_coin():
    found = quality(SCORED, y=[1, 0, 0], s=[0.7] * 3)
    assert measures(found, METRICS)["auc"].value == 0.5
    assert "All scores are equal, so they rank nothing: the AUC is 0.5 by definition." in remarks(found)


def test_nothing_predicted_positive_is_zero_and_not_undefined():
    found = measures(quality(BINARY, y=[1, 0, 1], p=[0, 0, 0]), METRICS)
    assert [found[name].value for name in ("recall", "precision", "f1", "mcc")] == [0, 0, 0, 0]


# --- remarks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "p", "sentence"),
    [
        ([1, 0], ["yes", "no"], "no class in common: labels are '0', '1', predictions 'no', 'yes'. Write both"),
        ([1, 0], [1, 2], "Predicted and never actual: '2'."),
        ([0, 0], [0, 0], "All labels are '0', so nothing is known of the other classes."),
        (["a", "b"], ["a", "b"], "No label is the positive class '1'; labels are 'a', 'b'."),
        ([0, 1, 2], [0, 1, 2], "Labels have 3 classes, '0', '1', '2': all but '1' count as negative."),
    ],
)
def test_what_makes_a_metric_doubtful_is_told(y, p, sentence):
    assert any(sentence in remark for remark in remarks(quality(BINARY, y=y, p=p)))


def test_where_all_is_well_nothing_is_told():
    assert remarks(quality(Roles("BinaryClassification", "y", "p", "s"), y=[1, 0], p=[1, 1], s=[0.7, 0.6])) == []


# --- segments --------------------------------------------------------------------------------------


def test_a_segment_is_the_quality_of_its_rows():
    roles = Roles("BinaryClassification", "y", "p", segments=("shop",))
    found = segments(quality(roles, y=[1, 1, 0, 0], p=[1, 0, 1, 0], shop=["a", " a", 1, None]), METRICS)["shop"]
    assert {value: (told["accuracy"].value, told["accuracy"].rows) for value, told in found.items()} == {
        "": (1, 1),
        "1": (0, 1),
        "a": (0.5, 2),
    }


def test_of_many_segments_the_largest_are_told():
    shops = [f"s{i % 60}" for i in range(175)]
    found = segments(
        quality(Roles("Regression", "y", "p", segments=("g",)), y=range(175), p=range(175), g=shops), METRICS
    )
    assert len(found["g"]) == 50
    assert all(told["mae"].rows >= 2 for told in found["g"].values())


def test_a_column_of_too_many_values_is_not_told_apart_in_any_order():
    roles = Roles("Regression", "y", "p", segments=("g",))
    spans = range(200), range(100, 400), range(150, 159)
    hours = [quality(roles, y=[1] * len(span), p=[1] * len(span), g=span) for span in spans]
    merged = hours[0].merge(hours[1]), hours[2].merge(hours[1]).merge(hours[0]), hours[1].merge(hours[2])
    assert [found.segments["g"].too_many for found in merged] == [True, True, True]
    assert "Column 'g' has more than 256 values" in remarks(merged[0])[0]


# --- curves ----------------------------------------------------------------------------------------


def test_there_is_no_curve_of_one_class():
    assert roc(scored([1, 1], [0.2, 0.3])) is None
    assert precision_recall(scored([0, 0], [0.2, 0.3])) is None
    assert reliability(scored([0, 1], [2.0, 0.3])) == []


def test_the_first_point_of_precision_and_recall_is_that_of_the_first_threshold():
    found = precision_recall(scored([0, 1], [0.9, 0.9]))
    assert (found.x, found.y) == ((0, 1), (0.5, 0.5))


def test_a_class_that_is_only_predicted_has_figures():
    found = per_class(classified(["a"], ["b"], problem="MulticlassClassification"))["b"]
    assert (found.rows, found.predicted, found.precision, found.recall, found.f1) == (0, 1, 0, 0, 0)


# --- metrics of plugins ----------------------------------------------------------------------------


def cost(outcomes):
    return 10 * outcomes.false_negatives + outcomes.false_positives


def single(outcomes):
    return float(outcomes.true_positives[0])


def each(outcomes):
    return [outcomes.part(slice(i, i + 1)) for i in range(outcomes.replicas)]


def two(outcomes):
    return np.array([1.0, 2.0])


@pytest.mark.parametrize("function", [cost, single])
def test_a_metric_may_return_one_number_or_one_for_each_replica(function):
    found = quality(BINARY, y=[1, 0, 1], p=[1, 1, 0])
    told = measures(found, {"own": Metric.made(function)})["own"]
    assert told.standard_deviation == pytest.approx(np.std([function(replica) for replica in each(found.replicas)]))


def test_a_metric_of_another_shape_is_named_and_the_others_stay():
    found = quality(BINARY, y=[1, 0], p=[1, 1])
    both = {"two": Metric.made(two), "cost": Metric.made(cost)}
    assert measures(found, both).keys() == {"cost"}
    assert "'two' returns 2 numbers for 1 replicas" in undefined(found, both)["two"]
    with pytest.raises(PluginError):
        both["two"](found.whole)


@pytest.fixture
def folder(tmp_path):
    """A folder of plugins with one metric, given its body."""

    def of(body: str):
        (tmp_path / "metric").mkdir()
        (tmp_path / "metric" / "own.py").write_text(f'BETTER = "lower"\n\n\ndef own(outcomes):\n    {body}\n')
        return metrics(str(tmp_path))

    return of


def test_a_metric_of_a_folder_is_measured_beside_ours(folder):
    found = folder("return outcomes.false_positives / outcomes.rows")
    told = measures(quality(BINARY, y=[1, 0], p=[1, 1]), found)
    assert (found["own"].better, told["own"].value, told["recall"].value) == ("lower", 0.5, 1)


@pytest.mark.parametrize("body", ["return 1 / 0", "return 'high'", "return [[1, 2]]"])
def test_a_metric_that_fails_is_named_with_its_file(folder, body):
    reasons = undefined(quality(BINARY, y=[1, 0], p=[1, 1]), folder(body))
    assert "The metric 'own' fails" in reasons["own"]
    assert "metric/own.py" in reasons["own"]


@pytest.mark.parametrize("label", [0.1, -1e9 / 3, 1e-200, 0])
def test_equal_labels_are_equal_whatever_they_are(label):
    found = quality(REGRESSION, y=[label] * 7, p=range(7)).merge(quality(REGRESSION, y=[label] * 3, p=range(3)))
    assert undefined(found, METRICS) == {"r2": "All labels are equal."}
    assert metrics()["r2"](found.replicas) == pytest.approx(nan, nan_ok=True)


def test_a_replica_without_the_astronomic_row_is_as_exact_as_if_there_were_none():
    keys = hash_keys("far", 0, 3)
    with_it, without = (
        Quality(REGRESSION).update(Batch({"y": column(labels), "p": column([0.5] * len(labels))}, keys[: len(labels)]))
        for labels in ([0.1, 0.7, 1e12], [0.1, 0.7])
    )
    spared = weights(keys)[:50, 2] == 0
    assert with_it.replicas.errors.m2[spared] == pytest.approx(without.replicas.errors.m2[spared], rel=1e-12)


def test_astronomic_errors_stay_finite():
    found = measures(quality(REGRESSION, y=[1.7e308, 1.0], p=[-1.7e308, 1.0]), METRICS)
    assert all(np.isfinite(measure.value) for measure in found.values())
