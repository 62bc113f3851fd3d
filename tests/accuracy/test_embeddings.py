"""Similarities, distances and tests of vectors beside scikit-learn and loops over pairs."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.batch import Batch, Vectors
from kedge.analysis.embeddings import measures
from kedge.analysis.embeddings.embeddings import Embeddings
from kedge.analysis.hashing import hash_keys
from kedge.analysis.vector_distances.domain_classifier import _area, domain_classifier
from kedge.analysis.vector_distances.mmd import mmd

SIZE = 12


def rows(n, seed, shift=0.3):
    return np.random.default_rng(seed).normal(size=(n, SIZE)) + shift


def seen(vectors, name="a", kept=256):
    batch = Batch({}, hash_keys(name, 0, len(vectors)), {"e": Vectors.of(vectors.tolist())})
    return Embeddings("e", kept).update(batch).lengths[SIZE]


def test_the_similarity_is_the_mean_cosine_of_all_pairs():
    pairwise = pytest.importorskip("sklearn.metrics.pairwise", reason="scikit-learn is the reference")
    window, training = rows(300, 1), rows(700, 2, shift=-0.1)
    expected = pairwise.cosine_similarity(window, training).mean()
    assert measures.similarity(seen(training), seen(window, "b")) == pytest.approx(expected, abs=1e-12)


def test_the_similarity_within_is_that_of_different_rows():
    pairwise = pytest.importorskip("sklearn.metrics.pairwise", reason="scikit-learn is the reference")
    window = rows(300, 1)
    cosines = pairwise.cosine_similarity(window)
    expected = cosines[~np.eye(300, dtype=bool)].mean()
    assert seen(window).within == pytest.approx(expected, abs=1e-12)


def test_the_deviation_is_that_of_many_windows():
    training = seen(rows(4000, 0))
    windows = [seen(rows(200, seed), str(seed)) for seed in range(1, 200)]
    spread = np.std([measures.similarity(training, window) for window in windows])
    told = np.median([measures.similarity_deviation(training, window) for window in windows])
    assert told == pytest.approx(spread, rel=0.15)


def test_merged_sums_are_those_of_one_scan():
    window = rows(5000, 1)
    parts = [seen(window[i : i + 1000], f"p{i}") for i in range(0, 5000, 1000)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part, 256)
    assert np.abs(merged.mean - seen(window).mean).max() < 1e-12


@pytest.mark.parametrize("rule", ["similarity", "distance"])
def test_chance_explains_nearly_all_healthy_windows(rule):
    training = seen(rows(1000, 0))
    windows = [seen(rows(60, seed), str(seed)) for seed in range(1, 400)]
    if rule == "similarity":
        beyond = [
            training.within - measures.similarity(training, w) > 3 * measures.similarity_chance(training, w)
            for w in windows
        ]
    else:
        beyond = [measures.distance(training, w) > measures.distance_chance(training, w, 3) for w in windows]
    assert sum(beyond) <= 4  # of 400, at three deviations


def test_the_distance_that_chance_allows_is_exceeded_as_often_as_it_says():
    training = seen(rows(3000, 0))
    windows = [seen(rows(100, seed), str(seed)) for seed in range(1, 400)]
    beyond = [measures.distance(training, w) > measures.distance_chance(training, w, 1.2816) for w in windows]
    assert 0.05 < np.mean(beyond) < 0.16  # 0.1


def test_mmd_is_the_sum_over_pairs():
    x, y = rows(25, 1), rows(30, 2, shift=0.5)
    both = np.concatenate([x, y])
    apart = [((a - b) ** 2).sum() for i, a in enumerate(both) for b in both[i + 1 :]]

    def kernel(a, b):
        return np.exp(-((a - b) ** 2).sum() / (2 * np.median(apart)))

    within = [np.mean([kernel(a, b) for i, a in enumerate(s) for j, b in enumerate(s) if i != j]) for s in (x, y)]
    expected = sum(within) - 2 * np.mean([kernel(a, b) for a in x for b in y])
    assert mmd(x, y)[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("test", [mmd, domain_classifier])
def test_p_values_of_the_same_distribution_are_uniform(test):
    found = [test(rows(30, 2 * seed), rows(30, 2 * seed + 1))[1] for seed in range(60)]
    assert 0.3 < np.mean(found) < 0.7
    assert 0.02 <= np.mean(np.array(found) <= 0.2) <= 0.38


def test_the_area_is_that_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is the reference")
    random = np.random.default_rng(1)
    scores, labels = np.round(random.normal(size=200), 1), random.random(200) < 0.4
    assert _area(scores, labels) == pytest.approx(metrics.roc_auc_score(labels, scores), abs=1e-12)


def test_the_classifier_tells_what_a_logistic_regression_tells():
    pytest.importorskip("sklearn", reason="scikit-learn is the reference")
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    x, y = rows(150, 1), rows(150, 2, shift=0.6)
    labels = np.repeat([0, 1], 150)
    expected = cross_val_score(LogisticRegression(), np.concatenate([x, y]), labels, scoring="roc_auc", cv=5).mean()
    assert domain_classifier(x, y)[0] == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("test", [mmd, domain_classifier])
def test_equal_vectors_cannot_be_told_apart(test):
    same = np.ones((25, 4))
    assert test(same, same)[1] == 1.0
