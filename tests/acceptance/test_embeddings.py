"""The story of embeddings: learn where vectors point, hold windows against it, and see what moved."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars
import pytest

import kedge
from kedge.errors import KedgeError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("embeddings")
    command = [sys.executable, "-m", "examples.embeddings", "--output", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def frame(n, seed, shift=1.0, size=16):
    vectors = np.random.default_rng(seed).normal(size=(n, size)) + shift * np.arange(size) / size
    return polars.DataFrame({"id": [f"row-{i}" for i in range(n)], "embedding": vectors.astype(np.float32)})


@pytest.fixture
def story(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame(1000, 0).write_parquet("train.parquet")
    frame(400, 1).write_parquet("fresh.parquet")
    frame(400, 2, shift=-1.0).write_parquet("moved.parquet")
    return tmp_path


LEARN = ("baseline", "train.parquet", "--monitor", "embeddings", "--column", "embedding", "--output", "baseline")


def test_a_window_like_the_baseline_is_calm_and_one_that_moved_is_not(run, story):
    assert run(*LEARN)[0] == 0
    assert run("check", "fresh.parquet", "--baseline", "baseline", "--output", "fresh")[0] == 0
    code, printed = run("check", "moved.parquet", "--baseline", "baseline", "--output", "moved")
    assert code == 1
    assert "average_similarity below threshold" in printed
    found = json.loads((story / "moved" / "constraint_violations.json").read_text())["violations"]
    assert [violation["metric_name"] for violation in found] == ["average_similarity", "mean_distance"]


def test_a_change_of_topics_is_seen_and_other_texts_on_the_old_ones_are_not(examples):
    learned = kedge.baseline(examples / "text" / "train.jsonl", monitor="embeddings", column="embedding")
    assert kedge.check(examples / "text" / "fresh.jsonl", learned).violations == ()
    found = kedge.check(examples / "text" / "changed.jsonl", learned).violations
    assert {violation.metric_name for violation in found} == {"average_similarity", "mean_distance"}


def test_a_rotation_of_digits_is_seen_and_a_fresh_sample_is_not(examples):
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn")
    learned = kedge.baseline(examples / "images" / "train.jsonl", monitor="embeddings", column="embedding")
    assert kedge.check(examples / "images" / "fresh.jsonl", learned).violations == ()
    found = kedge.check(examples / "images" / "rotated.jsonl", learned)
    assert "mean_distance" in {violation.metric_name for violation in found.violations}
    assert {test.p_value for test in found.report.summary.tests.values()} == {0.001}


def test_hours_that_are_merged_are_judged_without_their_rows(run, story):
    run(*LEARN)
    for name in ("fresh", "moved"):
        run("check", f"{name}.parquet", "--baseline", "baseline", "--output", name)
    assert run("merge", "fresh/profile.json", "moved/profile.json", "--output", "day.json")[0] == 0
    code, _ = run("check", "--profile", "day.json", "--baseline", "baseline", "--output", "day")
    whole = kedge.check(polars.concat(map(polars.read_parquet, ["fresh.parquet", "moved.parquet"])), "baseline")
    merged = json.loads(Path("day/statistics.json").read_text())["embedding_metrics"]["average_similarity"]["value"]
    assert code == 1
    assert merged == pytest.approx(whole.statistics.embedding_metrics.average_similarity.value, abs=1e-12)


def test_the_page_shows_the_rows_farthest_away(run, story):
    run(*LEARN)
    run("check", "moved.parquet", "--baseline", "baseline", "--output", "moved")
    page = Path("moved/report.html").read_text()
    farthest = json.loads(Path("moved/report.json").read_text())["farthest"]
    assert len(farthest) == 10
    assert f"id {farthest[0]['row']['id']}" in page
    assert "How similar rows are to the baseline" in page


def test_a_stored_baseline_and_report_are_shown(run, story):
    run(*LEARN)
    run("check", "moved.parquet", "--baseline", "baseline", "--output", "moved")
    assert "Baseline of 3 metrics of embedding, 16 numbers each, from 1,000 rows" in run("show", "baseline")[1]
    assert "2 violations in 3 metrics of embedding" in run("show", "moved")[1]


def test_no_vector_and_no_row_is_kept_where_none_may_be(run, story):
    run(*LEARN, "--no-raw-values")
    run("check", "moved.parquet", "--baseline", "baseline", "--output", "moved")
    kept = json.loads(Path("moved/profile.json").read_text())["profiles"][0]["joints"]["embeddings"]
    assert {side["sample"] for side in kept["lengths"].values()} == {""}
    assert "id row-" not in Path("moved/report.html").read_text()
    assert '"row-' not in Path("moved/profile.json").read_text() + Path("moved/report.json").read_text()


def test_constraints_are_edited(run, story):
    run(*LEARN)
    path = Path("baseline/constraints.json")
    demands = json.loads(path.read_text())
    block = demands["embedding_constraints"]
    block["average_similarity"]["threshold"] = block["mean_distance"]["threshold"] = -1.0
    block["mean_distance"] = {"threshold": 2.0, "comparison_operator": "GreaterThanThreshold"}
    block["tests"] = {"mmd": {"threshold": 0.01, "comparison_operator": "LessThanThreshold"}}
    path.write_text(json.dumps(demands))
    found = kedge.check("moved.parquet", "baseline").violations
    assert [violation.metric_name for violation in found] == ["mmd"]


def test_vectors_of_another_model_are_told_by_their_length(story):
    learned = kedge.baseline("train.parquet", monitor="embeddings", column="embedding")
    result = kedge.check(frame(100, 1, size=8), learned)
    assert result.violations[0].description == "The vectors have 8 numbers, where those of the baseline have 16"
    assert "dimension" in repr(result)
    assert "dimension" in result._repr_html_()


def test_vectors_that_cannot_be_used_are_told_with_their_rows(story):
    lines = [{"embedding": row} for row in ([1, 2], [2, 1], None, [0, 0], [1, 2, 3])]
    Path("odd.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    learned = kedge.baseline("odd.jsonl", monitor="embeddings", column="embedding")
    notes = kedge.check("odd.jsonl", learned).report.summary.reading.notes
    assert {"odd.jsonl, row 4: All its numbers are 0.", "Of 5 vectors 1 have 3 numbers, not 2."} <= set(notes)


def test_a_look_before_the_check_tells_of_a_missing_column(run, story):
    run(*LEARN)
    polars.DataFrame({"embeding": [[1.0]]}).write_parquet("other.parquet")
    assert run("check", "fresh.parquet", "--baseline", "baseline", "--dry-run")[0] == 0
    code, printed = run("check", "other.parquet", "--baseline", "baseline", "--dry-run")
    assert code == 2
    assert "Did you mean 'embeding'?" in " ".join(printed.split())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"monitor": "embeddings"}, "need to know the column"),
        ({"column": "embedding"}, "The monitor data-quality has no column"),
        ({"monitor": "embeddings", "column": "embedding", "label": "y"}, "The monitor embeddings has no label"),
        ({"monitor": "embeddings", "column": "id", "exclude": ["embedding"]}, "No row has a vector in the column 'id'"),
        (
            {"monitor": "embeddings", "column": "embedding", "ground_truth": "labels"},
            "needs no labels",
        ),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(story, options, said):
    with pytest.raises(KedgeError, match=said):
        kedge.baseline("train.parquet", **options)


def test_constraints_without_their_profile_are_refused(run, story):
    run(*LEARN)
    Path("baseline/profile.json").unlink()
    code, printed = run("check", "fresh.parquet", "--baseline", "baseline")
    assert code == 2
    assert "remembers no vectors of 16 numbers" in " ".join(printed.split())
