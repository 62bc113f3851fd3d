"""The story of examples/quality is as it says: the same for every run, with labels late, wrong and missing."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest

import kedge
from kedge.domain.capture_record import CaptureRecord
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.window import parse_time

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    return _written(tmp_path_factory.mktemp("quality"))


def _written(folder: Path) -> Path:
    command = [sys.executable, "-m", "examples.quality", "--output", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def _lines(folder: Path) -> list[str]:
    return [line for file in sorted(folder.rglob("*.jsonl")) for line in file.read_text().splitlines()]


def _labels(story: Path) -> dict[str, list[GroundTruth]]:
    labels = defaultdict(list)
    for record in map(GroundTruth.from_json, _lines(story / "labels")):
        labels[record.id].append(record)
    return labels


def test_a_seed_always_writes_the_same_files(story, tmp_path):
    again = _written(tmp_path)
    files = [path.relative_to(story) for path in sorted(story.rglob("*")) if path.is_file()]
    assert [path for path in files if (story / path).read_bytes() != (again / path).read_bytes()] == []
    assert len(files) == len([path for path in again.rglob("*") if path.is_file()])


def test_labels_come_within_two_days_and_some_never(story):
    labels = _labels(story)
    captures = map(CaptureRecord.from_json, _lines(story / "live"))
    asked = {capture.inference_id: parse_time(capture.inference_time) for capture in captures}
    ages = [parse_time(labels[id][0].upload_time) - asked[id] for id in labels]
    assert timedelta(0) < min(ages) < max(ages) < timedelta(hours=48)
    assert 0.93 < len(labels) / len(asked) < 0.97


def test_one_label_is_corrected(story):
    labels = _labels(story)
    assert [id for id, found in labels.items() if len(found) > 1] == ["order-17"]
    assert len({record.data for record in labels["order-17"]}) == 2


def test_recall_falls_on_the_third_day(story):
    labels, found = _labels(story), defaultdict(list)
    for capture in map(CaptureRecord.from_json, _lines(story / "live")):
        if labels[capture.inference_id] and labels[capture.inference_id][-1].data == "1":
            found[capture.inference_time[:10]].append(capture.output.data.startswith("1,"))
    recall = [sum(day) / len(day) for day in found.values()]
    assert min(recall[:2]) > 0.6 > 0.5 > recall[2]


def test_a_check_finds_the_third_day_and_no_other(story):
    roles = {"label": "label", "prediction": "prediction", "probability": "probability"}
    file = story / "validation.csv"
    baseline = kedge.baseline(file, monitor="model-quality", problem_type="BinaryClassification", **roles)
    found = []
    for day in range(1, 4):
        window = {"start": f"2024-05-0{day}", "end": f"2024-05-0{day + 1}"}
        result = kedge.check(story / "live", baseline, ground_truth=story / "labels", **window)
        found.append({violation.metric_name for violation in result.violations})
    assert (found[:2], "recall" in found[2]) == ([set(), set()], True)
