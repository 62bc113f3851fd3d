"""Bias of a model that answers with a list of probabilities: label_headers names them, the highest is the answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars
import pytest

import kedge
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.ground_truth import GroundTruth

CLASSES = ["no", "later", "yes"]
CONFIG = {
    "label": "paid",
    "label_values_or_threshold": ["yes", "later"],
    "facet": [{"name_or_index": "sex", "value_or_threshold": ["F"]}],
    "predictor": {"model_name": "m-1", "label_headers": CLASSES},
}
ASKED = {"monitor": "bias", "config": "bias.json"}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("bias.json").write_text(json.dumps(CONFIG))


def loans(rows=600):
    """Return sexes, lists of probabilities, what is likeliest, and labels."""
    chance = np.random.default_rng(5)
    sexes, scores = chance.choice(["F", "M"], rows), chance.dirichlet([1, 1, 2], rows).round(4)
    likeliest = np.array(CLASSES)[scores.argmax(axis=1)]
    labels = np.where(chance.random(rows) < 0.7, likeliest, chance.choice(CLASSES, rows))
    return {
        "sex": sexes.tolist(), "scores": scores.tolist(), "told": likeliest.tolist(), "paid": labels.tolist()
    }  # fmt: skip


def table(*without):
    return polars.DataFrame(loans()).drop(*without)


@pytest.mark.parametrize("threshold", [0.5, 0.9])
def test_the_highest_of_the_list_is_the_answer_whatever_the_threshold(threshold):
    found = kedge.baseline(table("told"), **ASKED, probability="scores", probability_threshold=threshold)
    named = kedge.baseline(table("scores"), **ASKED, prediction="told")
    assert found.statistics == named.statistics
    assert found.statistics.model_performance.confusion_matrix.keys() == set(CLASSES)


def test_a_window_is_judged_and_stored_like_any_other():
    found = kedge.baseline(table("told"), **ASKED, probability="scores")
    found.save("baseline")
    result = kedge.check(table("told"), "baseline")
    result.save("report")
    again = kedge.check(profile="report/profile.json", baseline="baseline")
    assert result.statistics == again.statistics == found.statistics
    assert result.report.summary.roles["prediction"] == "scores"


def test_a_list_of_another_length_is_no_prediction_and_is_told():
    short = table("told").with_columns(scores=polars.col("scores").list.head(2))
    found = kedge.baseline(polars.concat([table("told"), short]), **ASKED, probability="scores")
    notes = found._learned.reading.notes
    assert "600 rows have a label and no prediction. It is a list of 3 probabilities." in notes


SHAPES = {
    "JSON": (lambda row: {"scores": row}, {}),
    "CSV": (lambda row: ",".join(map(str, row)), {}),
    "CSV, quoted": (lambda row: f'"{row}"', {"probability": "0"}),
}


@pytest.mark.parametrize(("shape", "asked"), SHAPES.values(), ids=SHAPES)
def test_lists_in_captures_are_judged_by_labels_that_come_later(shape, asked):
    found = kedge.baseline(table("told"), **ASKED, probability="scores")
    write("live/a.jsonl", [captured(i, sex, shape(row)) for i, (sex, row, *_) in enumerate(rows())])
    write("labels/a.jsonl", [GroundTruth(f"id-{i}", label).to_json() for i, (*_, label) in enumerate(rows())])
    result = kedge.check("live", found, ground_truth="labels", **asked)
    assert result.report.summary.ground_truth.labelled == 600
    assert values(result.statistics) == values(found.statistics)


def values(statistics):
    """Return every metric; the intervals are by the ids of the rows."""
    return {(entry.value_or_threshold, m.name): m.value for _, entry in statistics.entries() for m in entry.metrics}


def rows():
    return zip(*loans().values(), strict=True)


def write(name, lines):
    Path(name).parent.mkdir()
    Path(name).write_text("\n".join(lines))


def captured(number, sex, told):
    coding = "CSV" if isinstance(told, str) else "JSON"
    asked, answer = (sex, told) if coding == "CSV" else (json.dumps({"sex": sex}), json.dumps(told))
    sides = Payload(asked, coding), Payload(answer, coding)
    return CaptureRecord(f"event-{number}", "2024-05-01T09:00:00Z", *sides, f"id-{number}").to_json()
