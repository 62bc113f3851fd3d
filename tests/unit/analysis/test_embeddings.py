"""What is remembered of vectors, and the verdict on them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from kedge.analysis.batch import Batch, Vectors
from kedge.analysis.embeddings import summarize
from kedge.analysis.embeddings.embeddings import Embeddings
from kedge.analysis.embeddings.evaluate import evaluate, refuse_unknown
from kedge.analysis.embeddings.watch import Watch
from kedge.analysis.hashing import hash_keys
from kedge.analysis.vector_distances import vector_distances
from kedge.errors import DocumentError, InputError


def batch(vectors, name="a", **columns):
    return Batch(columns, hash_keys(name, 0, len(vectors)), {"e": Vectors.of(vectors)})


def scan(vectors, name="a"):
    return Embeddings("e").update(batch(vectors, name))


def cloud(n, seed, size=8, shift=1.0):
    return (np.random.default_rng(seed).normal(size=(n, size)) + shift * np.arange(size) / size).tolist()


KNOWN = scan(cloud(1000, 0))
DEMANDED = summarize.constraints(KNOWN)


def verdict(window, mode="default", **demands):
    tests = demands.pop("tests", {})
    changed = DEMANDED.embedding_constraints.model_copy(update=demands)
    changed = type(changed).model_validate(changed.model_dump() | {"tests": tests})
    constraints = DEMANDED.model_copy(update={"embedding_constraints": changed})
    statistics = summarize.statistics(window, 8, KNOWN.lengths[8], vector_distances())
    return evaluate(constraints, KNOWN, window, statistics, mode)


def test_vectors_that_cannot_be_used_are_counted_by_what_is_wrong():
    seen = scan([[1.0, 2.0], None, [], [0.0, 0.0], [math.nan, 1.0], [math.inf, 1.0], [1.0]])
    assert (seen.rows, seen.missing, seen.zero, seen.not_finite) == (7, 2, 1, 2)
    assert {size: side.count for size, side in seen.lengths.items()} == {1: 1, 2: 1}


def test_vectors_of_any_magnitude_have_a_direction():
    seen = scan([[3e-300, 4e-300], [3e300, 4e300]])
    assert seen.lengths[2].mean == pytest.approx([0.6, 0.8], abs=1e-15)


def test_too_many_lengths_are_refused():
    with pytest.raises(InputError, match="more than 16 different lengths, such as 1, 2, 3"):
        scan([[1.0] * size for size in range(1, 19)])


def test_two_columns_do_not_merge():
    with pytest.raises(InputError, match="different columns: 'e' and 'f'"):
        Embeddings("e").merge(Embeddings("f"))


def test_a_baseline_without_usable_vectors_demands_nothing():
    assert summarize.constraints(scan([None, [0.0, 0.0]])) is None


@pytest.mark.parametrize("size", [1, 5, 50, 1000])
def test_a_healthy_window_of_any_size_is_calm(size):
    found = [verdict(scan(cloud(size, seed), f"w{seed}"))[0] for seed in range(1, 21)]
    assert sum(map(bool, found)) <= 1


def test_a_window_that_points_elsewhere_is_a_violation():
    findings, _ = verdict(scan(cloud(300, 1, shift=-1.0), "w"))
    assert [finding.metric_name for finding in findings] == ["average_similarity", "mean_distance"]
    assert {finding.severity for finding in findings} == {"error"}


def test_a_window_that_is_more_alike_is_a_violation_of_the_distance():
    findings, _ = verdict(scan(cloud(300, 1, shift=4.0), "w"))
    assert [finding.metric_name for finding in findings] == ["mean_distance"]


def test_a_small_change_matters_to_nobody_however_many_rows_say_so():
    assert verdict(scan(cloud(20_000, 1, shift=1.05), "w"))[0] == []


def test_missing_vectors_are_a_violation_with_the_reason():
    window = scan([*cloud(200, 1), *[None] * 40], "w")
    (finding,) = verdict(window)[0]
    assert (finding.metric_name, finding.severity, finding.hint) == (
        "usable_share", "error", "Of the vectors are 40 missing.",
    )  # fmt: skip


def test_vectors_of_another_model_are_an_error_that_says_so():
    findings, notes = verdict(scan(cloud(100, 1, size=5), "w"))
    assert (findings[0].metric_name, findings[0].observed, findings[0].expected) == ("dimension", 5, 8)
    assert notes == [
        "The window has no vector of the baseline's length, so average_similarity, mean_distance is not judged."
    ]


def test_the_papers_rule_allows_nothing_for_chance():
    window = scan(cloud(10, 3, shift=0.9), "w")
    assert {f.metric_name for f in verdict(window)[0]} < {f.metric_name for f in verdict(window, "sagemaker")[0]}


def test_a_test_is_demanded_by_its_p_value():
    demand = {"threshold": 0.01, "comparison_operator": "LessThanThreshold"}
    window = scan(cloud(300, 1, shift=3.0), "w")
    findings, _ = verdict(window, tests={"mmd": demand}, mean_distance=None)
    assert [(f.metric_name, f.observed, f.severity) for f in findings] == [("mmd", 0.001, "warning")]


def test_a_test_on_too_few_rows_is_noted():
    demand = {"threshold": 0.01, "comparison_operator": "LessThanThreshold"}
    assert verdict(scan(cloud(19, 1), "w"), tests={"mmd": demand})[1] == [
        "mmd: not judged, for a test takes 20 sampled vectors of either side."
    ]


def test_a_test_that_there_is_not_is_refused_with_the_nearest():
    changed = DEMANDED.embedding_constraints.model_copy(update={"tests": {"mdm": None}})
    with pytest.raises(DocumentError, match=r"no test 'mdm'\. Did you mean 'mmd'"):
        refuse_unknown(DEMANDED.model_copy(update={"embedding_constraints": changed}), vector_distances())


def test_merging_keeps_the_fewer_vectors():
    few = replace(scan(cloud(50, 1), "w"), kept=10)
    assert len(KNOWN.merge(few).lengths[8].keys) == 10


def test_the_watch_tells_the_farthest_rows_over_batches():
    watch = Watch("e", 2, np.array([1.0, 0.0]))
    watch.update(batch([[1.0, 0.0], [-1.0, 0.0]]))
    watch.update(batch([[0.0, 1.0], None, [0.0, 0.0], [1.0]]))
    assert [(row.position, row.similarity) for row in watch.farthest] == [(2, -1.0), (3, 0.0), (1, 1.0)]
    assert [row.position for row in watch.unusable] == [4, 5, 6]


def test_the_watch_keeps_no_values_where_none_may_be_kept():
    watch = Watch("e", 2, np.array([1.0, 0.0]), raw_values=False)
    watch.update(batch([[1.0, 0.0]]))
    assert watch.farthest[0].row is None
