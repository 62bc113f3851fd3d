"""Metrics beside scikit-learn's: to 1e-9, and the areas of binned scores within the bound they state."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from kedge.analysis.batch import Batch, Column, Kind
from kedge.analysis.hashing import hash_keys
from kedge.analysis.metrics import metrics
from kedge.analysis.quality.curves import precision_recall, reliability, roc
from kedge.analysis.quality.measures import measures
from kedge.analysis.quality.quality import Quality
from kedge.domain.roles import Roles

METRICS = metrics()
BINARY = Roles("BinaryClassification", "y", "p", "s")
CLOSE = {"rel": 1e-9, "abs": 1e-12}


def seen(roles: Roles, start: int = 0, **columns: np.ndarray) -> Quality:
    found = {name: numbers(values) for name, values in columns.items()}
    return Quality(roles).update(Batch(found, hash_keys("oracle", start, len(next(iter(columns.values()))))))


def numbers(values: np.ndarray) -> Column:
    return Column(np.full(len(values), Kind.FRACTIONAL, np.uint8), values.astype(np.float64))


def answered(rows: int, seed: int = 1, decimals: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    scores = random.beta(0.6, 2, rows)
    labels = random.random(rows) < scores**1.3
    scores = scores if decimals is None else scores.round(decimals)
    return labels.astype(int), (scores > 0.4).astype(int), scores


def merged_binary(rows: int, parts: int = 3, decimals: int | None = None) -> Quality:
    labels, told, scores = (np.array_split(side, parts) for side in answered(rows, decimals=decimals))
    hours = [seen(BINARY, 10**6 * i, y=labels[i], p=told[i], s=scores[i]) for i in range(parts)]
    return hours[0].merge(hours[1]).merge(hours[2])


def named(references: dict[str, object]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("name", "reference"), [pytest.param(*found, id=found[0]) for found in references.items()]
    )


@named(
    {
        "recall": oracle.recall_score,
        "precision": oracle.precision_score,
        "accuracy": oracle.accuracy_score,
        "true_positive_rate": oracle.recall_score,
        "true_negative_rate": lambda y, p: oracle.recall_score(y, p, pos_label=0),
        "false_positive_rate": lambda y, p: 1 - oracle.recall_score(y, p, pos_label=0),
        "false_negative_rate": lambda y, p: 1 - oracle.recall_score(y, p),
        "f0_5": lambda y, p: oracle.fbeta_score(y, p, beta=0.5),
        "f1": oracle.f1_score,
        "f2": lambda y, p: oracle.fbeta_score(y, p, beta=2),
        "mcc": oracle.matthews_corrcoef,
    }
)
def test_a_metric_of_binary_answers_is_scikit_learns(name, reference):
    labels, told, _ = answered(20_000, decimals=3)
    found = measures(merged_binary(20_000, decimals=3), METRICS)[name]
    assert found.value == pytest.approx(reference(labels, told), **CLOSE)


@named(
    {
        "log_loss": oracle.log_loss,
        "brier_score": oracle.brier_score_loss,
        "auc": oracle.roc_auc_score,
        "au_prc": lambda y, s: spark_area(y, s),
        "expected_calibration_error": lambda y, s: calibration_error(y, s),
    }
)
def test_a_metric_of_scores_is_scikit_learns(name, reference):
    labels, _, scores = answered(20_000, decimals=3)
    found = measures(merged_binary(20_000, decimals=3), METRICS)[name]
    assert found.value == pytest.approx(reference(labels, scores), **CLOSE)


def spark_area(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the trapezoid over scikit-learn's points, with Spark's first point in place of (0, 1)."""
    precision, recall, _ = oracle.precision_recall_curve(labels, scores)
    return oracle.auc([*recall[:-1], 0], [*precision[:-1], precision[-2]])


def calibration_error(labels: np.ndarray, scores: np.ndarray) -> float:
    true, said = calibration_curve(labels, scores, n_bins=10)
    rows = np.bincount(np.searchsorted(np.linspace(0, 1, 11)[1:-1], scores), minlength=10)
    return float((rows[rows > 0] * abs(true - said)).sum() / rows.sum())


@pytest.mark.parametrize("name", ["auc", "au_prc"])
def test_an_area_of_a_million_continuous_scores_is_within_1e_4(name):
    labels, told, scores = answered(1_000_000)
    quality = seen(BINARY, y=labels, p=told, s=scores)
    exact = oracle.roc_auc_score(labels, scores) if name == "auc" else spark_area(labels, scores)
    assert abs(measures(quality, METRICS)[name].value - exact) < 1e-4
    assert not quality.whole.scores.exact


def test_the_auc_is_within_its_bound_whatever_the_order_inside_of_bins():
    random = np.random.default_rng(3)
    scores = 0.3 + random.random(60_000) * 1e-9  # all of them nearly equal
    labels = scores > np.median(scores)
    quality = seen(BINARY, y=labels, p=labels, s=scores)
    assert 1 - quality.whole.scores.bound <= measures(quality, METRICS)["auc"].value <= 1


def test_scores_near_one_are_told_apart_as_those_near_zero_are():
    random = np.random.default_rng(4)
    tiny = 10 ** random.uniform(-9, -3, 200_000)
    labels = random.random(200_000) < 0.5
    quality = seen(BINARY, y=labels, p=labels, s=1 - tiny * np.where(labels, 1, 2))
    exact = oracle.roc_auc_score(labels, 1 - tiny * np.where(labels, 1, 2))
    assert measures(quality, METRICS)["auc"].value == pytest.approx(exact, abs=1e-4)


@pytest.mark.parametrize("name", ["auc", "au_prc"])
def test_log_odds_are_ranked_exactly(name):
    labels, told, scores = answered(20_000, decimals=2)
    odds = (scores - 0.3) * 40
    exact = oracle.roc_auc_score(labels, odds) if name == "auc" else spark_area(labels, odds)
    assert measures(seen(BINARY, y=labels, p=told, s=odds), METRICS)[name].value == pytest.approx(exact, **CLOSE)


@named(
    {
        "accuracy": oracle.accuracy_score,
        "weighted_recall": lambda y, p: oracle.recall_score(y, p, average="weighted", zero_division=0),
        "weighted_precision": lambda y, p: oracle.precision_score(y, p, average="weighted", zero_division=0),
        "weighted_f0_5": lambda y, p: oracle.fbeta_score(y, p, beta=0.5, average="weighted"),
        "weighted_f1": lambda y, p: oracle.f1_score(y, p, average="weighted"),
        "weighted_f2": lambda y, p: oracle.fbeta_score(y, p, beta=2, average="weighted"),
        "mcc": oracle.matthews_corrcoef,
    }
)
def test_a_multiclass_metric_is_scikit_learns(name, reference):
    random = np.random.default_rng(5)
    labels = random.integers(0, 12, 5000) ** 2
    told = np.where(random.random(5000) < 0.6, labels, random.integers(0, 12, 5000) ** 2 + 1)
    quality = seen(Roles("MulticlassClassification", "y", "p"), y=labels, p=told)
    assert measures(quality, METRICS)[name].value == pytest.approx(reference(labels, told), **CLOSE)


@named(
    {
        "mae": oracle.mean_absolute_error,
        "mse": oracle.mean_squared_error,
        "rmse": oracle.root_mean_squared_error,
        "r2": oracle.r2_score,
    }
)
@pytest.mark.parametrize("mean", [0, 1e6])
def test_a_regression_metric_is_scikit_learns(name, reference, mean):
    random = np.random.default_rng(6)
    labels = mean + random.normal(0, 1, 30_000)
    told = labels + random.normal(0.1, 0.5, 30_000)
    roles = Roles("Regression", "y", "p")
    hours = [seen(roles, 10**6 * i, y=labels[i::3], p=told[i::3]) for i in range(3)]
    found = measures(hours[0].merge(hours[1].merge(hours[2])), METRICS)[name]
    assert found.value == pytest.approx(reference(labels, told), **CLOSE)


def test_the_curves_are_scikit_learns():
    labels, told, scores = answered(5000, decimals=2)
    outcomes = seen(BINARY, y=labels, p=told, s=scores).whole
    false, true, _ = oracle.roc_curve(labels, scores, drop_intermediate=False)
    precision, recall, _ = oracle.precision_recall_curve(labels, scores)
    assert roc(outcomes).x[:-1] == pytest.approx(false)
    assert roc(outcomes).y[:-1] == pytest.approx(true)
    assert precision_recall(outcomes).x[1:] == pytest.approx(recall[-2::-1])
    assert precision_recall(outcomes).y[1:] == pytest.approx(precision[-2::-1])


def test_a_curve_of_many_scores_keeps_its_area_in_a_thousand_points():
    labels, told, scores = answered(100_000)
    curve = roc(seen(BINARY, y=labels, p=told, s=scores).whole)
    assert 900 < len(curve.x) <= 1000
    assert oracle.auc(curve.x, curve.y) == pytest.approx(oracle.roc_auc_score(labels, scores), abs=1e-5)


def test_the_reliability_curve_is_scikit_learns():
    labels, told, scores = answered(5000)
    found = reliability(seen(BINARY, y=labels, p=told, s=scores).whole)
    true, said = calibration_curve(labels, scores, n_bins=10)
    assert [interval.true for interval in found] == pytest.approx(true)
    assert [interval.said for interval in found] == pytest.approx(said)


def test_the_standard_deviation_is_that_of_drawing_rows_with_replacement():
    labels, told, scores = answered(3000)
    found = measures(seen(BINARY, y=labels, p=told, s=scores), METRICS)
    random, drawn = np.random.default_rng(7), []
    for _ in range(300):
        rows = random.integers(0, 3000, 3000)
        drawn.append(measures(seen(BINARY, y=labels[rows], p=told[rows], s=scores[rows]), METRICS))
    for name in ("accuracy", "f1", "auc", "log_loss", "mcc", "expected_calibration_error"):
        expected = np.std([replica[name].value for replica in drawn])
        # 50 replicas know a standard deviation to 10 %, 300 to 4 %: three times what both leave.
        assert found[name].standard_deviation == pytest.approx(expected, rel=0.33), name


def test_a_subset_of_the_service_says_half_of_what_a_bootstrap_says():
    ratios = []
    for seed in range(40):
        labels, told, scores = answered(1000, seed)
        quality = seen(BINARY, seed * 10**6, y=labels, p=told, s=scores)
        sides = (measures(quality, METRICS, mode)["accuracy"].standard_deviation for mode in ("sagemaker", "default"))
        ratios.append(np.divide(*sides))
    # Of 80 % without replacement the variance is 0.25 of it, and five values have 4/5 of their variance.
    assert np.mean(ratios) == pytest.approx(0.5 * np.sqrt(0.8), rel=0.15)
