"""Stories of a model whose truth comes late: a baseline, captures, labels, a verdict, and another one later."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

import kedge
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.ground_truth import GroundTruth

START = datetime(2024, 5, 1, 9, tzinfo=UTC)
BINARY = ("--monitor", "model-quality", "--problem-type", "BinaryClassification", "--label", "late")
SCORES = (*BINARY, "--probability", "score")


def rows(seed, amount, wrong=0.0):
    """Return scores, labels that follow them but for a share, and a channel."""
    rng = np.random.default_rng(seed)
    scores = rng.beta(2, 2, amount).round(4)
    labels = rng.random(amount) < np.where(rng.random(amount) < wrong, 1 - scores, scores)
    return list(zip(scores.tolist(), labels.astype(int).tolist(), rng.choice(["web", "shop"], amount), strict=True))


def table(name, rows):
    with Path(name).open("w", newline="") as file:
        csv.writer(file).writerows([("score", "late", "channel"), *rows])


def captured(rows, hours=2):
    for hour in range(hours):
        time = START + timedelta(hours=hour)
        folder = Path(f"live/loans/AllTraffic/{time:%Y/%m/%d/%H}")
        folder.mkdir(parents=True, exist_ok=True)
        lines = [_record(f"loan-{i}", time, *row) for i, row in enumerate(rows) if i % hours == hour]
        (folder / "00-00-000-a.jsonl").write_text("\n".join(lines))


def _record(id, time, score, label, channel):
    asked, told = Payload(f"{channel}", "CSV"), Payload(f"{score}\n", "CSV")
    return CaptureRecord(f"event-{id}", f"{time:%Y-%m-%dT%H:%M:%SZ}", asked, told, id).to_json()


def labelled(rows, after=timedelta(hours=3), name="00-00-000-a"):
    folder = Path(f"labels/{START + after:%Y/%m/%d/%H}")
    folder.mkdir(parents=True, exist_ok=True)
    lines = [GroundTruth(f"loan-{i}", str(row[1])).to_json() for i, row in rows]
    (folder / f"{name}.jsonl").write_text("\n".join(lines))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def _learned(learned_once):
    asked = ("validation.csv", *SCORES, "--segment", "channel")
    return learned_once(lambda: table("validation.csv", rows(1, 3000)), *asked)


@pytest.fixture
def learned(_learned):
    copytree(_learned, ".", dirs_exist_ok=True)


def check(run, *options):
    return run("check", "live", "--ground-truth", "labels", "--baseline", "baseline", *options)


def judged(run, *options):
    """Return the summary of a check."""
    code, said = check(run, "--json", *options)
    assert code < 2, said
    return json.loads(said)


def test_a_model_that_does_as_well_as_before_raises_nothing(run, learned):
    live = rows(2, 1200)
    captured(live)
    labelled(enumerate(live))
    code, said = check(run)
    assert code == 0, said


def test_a_model_that_got_worse_is_named_by_metric_and_by_segment(run, learned):
    live = [row if row[2] == "web" else (row[0], 1 - row[1], row[2]) for row in rows(2, 1200)]
    captured(live)
    labelled(enumerate(live))
    findings = judged(run)["findings"]
    assert {"recall", "auc"} <= {finding["metric_name"] for finding in findings}
    assert {finding["segment"] for finding in findings} == {None, "channel=shop"}


def test_a_healthy_model_alarms_in_the_mode_of_the_service_by_one_standard_deviation(run, learned):
    live = rows(2, 1200, wrong=0.04)
    captured(live)
    labelled(enumerate(live))
    assert judged(run)["findings"] == []
    assert judged(run, "--compat", "sagemaker")["findings"]


def test_merged_records_stay_in_the_layout_of_the_service_and_are_captures_again(run, learned):
    live = rows(2, 600)
    captured(live)
    labelled(enumerate(live[:500]))
    check(run, "--output", "report")
    merged = sorted(Path("report/merge").rglob("*.jsonl"))
    assert [str(path.parent) for path in merged] == [
        f"report/merge/loans/AllTraffic/2024/05/01/{h}" for h in ("09", "10")
    ]
    first = json.loads(merged[0].read_text().splitlines()[0])
    assert list(first) == ["eventVersion", "groundTruthData", "captureData", "eventMetadata"]
    _, said = run("check", "report/merge", "--baseline", "baseline", "--json")
    assert json.loads(said)["metrics"] == judged(run)["metrics"]


def test_how_much_is_labelled_and_how_late_is_told(run, learned):
    live = rows(2, 1000)
    captured(live)
    labelled([*enumerate(live[:600]), (7000, live[0])], after=timedelta(hours=26))
    told = judged(run)["ground_truth"]
    assert (told["captures"], told["labelled"], told["share"], told["orphans"]) == (1000, 600, 0.6, 1)
    assert (told["age_p50_seconds"], told["orphan_ids"]) == (25.5 * 3600, ["loan-7000"])


def test_labelled_rows_that_differ_from_the_others_are_warned_of(run, learned):
    live = rows(2, 2000)
    captured(live)
    labelled((i, row) for i, row in enumerate(live) if row[0] > 0.5)
    assert [found["feature"] for found in judged(run)["selection"]] == ["0"]


def test_labels_chosen_by_chance_are_not_warned_of(run, learned):
    live = rows(2, 2000)
    captured(live)
    labelled(list(enumerate(live))[::2])
    assert judged(run)["selection"] == []


def test_a_demanded_coverage_holds_the_verdict_back(run, learned):
    demanded = json.loads(Path("baseline/constraints.json").read_text())
    demanded["ground_truth_constraints"] = {"minimum_coverage": 0.9}
    Path("baseline/constraints.json").write_text(json.dumps(demanded))
    live = rows(2, 1000, wrong=1.0)
    captured(live)
    labelled(enumerate(live[:600]))
    summary = judged(run)
    assert summary["findings"] == []
    assert summary["held_back"].startswith("60.0 % of the captures have a label, fewer than the 90.0 % demanded")


def test_a_window_that_is_judged_again_says_what_changed(run, learned):
    live = rows(2, 1000)
    captured(live)
    labelled((i, (0, 1 - row[1])) for i, row in enumerate(live[:500]))
    assert judged(run, "--output", "report")["findings"]
    labelled(enumerate(live), after=timedelta(hours=30))
    again = judged(run, "--output", "report")
    assert again["ground_truth"]["corrected"] == 500
    assert again["changes"][0] == "50.0 % of the captures had a label, now 100.0 % have."
    assert any(change.startswith("No longer a violation: recall") for change in again["changes"])


def test_both_labels_of_a_correction_are_kept_with_their_times(run, learned):
    live = rows(2, 600)
    captured(live)
    labelled(enumerate(live))
    labelled([(5, (0, 1 - live[5][1]))], after=timedelta(hours=5))
    check(run, "--output", "report")
    (correction,) = map(json.loads, Path("report/corrections.jsonl").read_text().splitlines())
    times = [label["time"] for label in correction["labels"]]
    assert times == ["2024-05-01T12:00:00Z", "2024-05-01T14:00:00Z"]


def test_offsets_move_the_window(run, learned):
    live = rows(2, 1000)
    captured(live)
    labelled(enumerate(live))
    window = ("--from", "2024-05-02T10:00:00Z", "--to", "2024-05-02T11:00:00Z")
    summary = judged(run, *window, "--start-offset", "-P1D", "--end-offset", "-PT24H")
    assert (summary["window_start"], summary["reading"]["rows"]) == ("2024-05-01T10:00:00Z", 500)


def test_hours_merge_into_a_day_that_is_judged_without_the_rows(run, learned):
    live = rows(2, 1000)
    captured(live)
    labelled(enumerate(live))
    for hour in (9, 10):
        window = ("--from", f"2024-05-01T{hour:02}:00:00Z", "--to", f"2024-05-01T{hour + 1:02}:00:00Z")
        check(run, *window, "--output", f"hour{hour}")
    run("merge", "hour9/profile.json", "hour10/profile.json", "--output", "day.json")
    _, said = run("check", "--profile", "day.json", "--baseline", "baseline", "--json")
    whole, merged = judged(run)["metrics"], json.loads(said)["metrics"]
    for figure in ("value", "standard_deviation"):
        assert {name: sides[figure] for name, sides in merged.items()} == pytest.approx(
            {name: sides[figure] for name, sides in whole.items()}, abs=1e-9
        )


def test_data_that_hold_their_labels_need_no_join(run, learned):
    table("later.csv", rows(3, 800, wrong=0.8))
    code, said = run("check", "later.csv", "--baseline", "baseline", "--label", "late", "--probability", "score")
    assert code == 1, said


def test_plain_rows_are_joined_by_the_column_of_their_id(run, learned):
    live = rows(2, 800)
    with Path("live.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("loan", "score"), *((f"loan-{i}", row[0]) for i, row in enumerate(live))])
    labelled(enumerate(live), after=timedelta(hours=1))
    options = ("--id", "loan", "--probability", "score", "--ground-truth", "labels")
    _, said = run("check", "live.csv", *options, "--baseline", "baseline", "--json")
    assert json.loads(said)["ground_truth"]["labelled"] == 800


def test_python_says_the_same(run, learned):
    live = rows(2, 600)
    captured(live)
    labelled(enumerate(live))
    result = kedge.check("live", "baseline", ground_truth="labels")
    assert {name: sides.value for name, sides in result.report.summary.metrics.items()} == {
        name: sides["value"] for name, sides in judged(run)["metrics"].items()
    }


def test_a_broken_line_of_labels_is_told_with_its_place(run, learned):
    live = rows(2, 600)
    captured(live)
    labelled(enumerate(live))
    labels = Path("labels/2024/05/01/12/00-00-000-a.jsonl")
    labels.write_text(labels.read_text().replace('"eventId":"loan-7"', '"eventId":', 1))
    _, said = check(run)
    assert "labels/2024/05/01/12/00-00-000-a.jsonl:8: not JSON" in said


def test_labels_of_other_ids_are_told_with_an_id_of_each_side(run, learned):
    captured(rows(2, 600))
    labelled((i + 1000, row) for i, row in enumerate(rows(2, 10)))
    code, said = check(run)
    assert code == 2
    assert "'loan-0', and the labels 'loan-1000'" in said


def test_a_look_tells_a_column_that_is_not_there(run, learned):
    captured(rows(2, 600))
    assert check(run, "--dry-run")[0] == 0
    code, said = check(run, "--dry-run", "--prediction", "3")
    assert code == 2
    assert "There is no column '3'" in said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([("0.1", 1), ("0.9", 1)], "All labels are '1'"),
        ([("0.5", 1), ("0.5", 0)], "All scores are equal"),
        ([("NaN", 1), ("0.4", 0)], "have a label and no finite score"),
        ([("0.1", "good"), ("0.9", "bad")], "Name it with --positive-label"),
    ],
)
def test_labels_and_scores_that_say_little_are_told_and_end_nothing(run, values, said):
    table("odd.csv", [(*value, "web") for value in values * 150])
    code, found = run("baseline", "odd.csv", *SCORES, "--output", "baseline")
    assert code == 0
    assert said in found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "label"),
        (("--label", "lat", "--probability", "score"), "There is no column 'lat'. Did you mean 'late'?"),
        (("--label", "late"), "No prediction is given"),
        (("--label", "late", "--prediction", "scor"), "There is no column 'scor'. Did you mean 'score'?"),
        (("--label", "late", "--probability", "score", "--probability-threshold", "2"), "between 0 and 1"),
    ],
)
def test_a_baseline_that_cannot_be_says_why(run, options, said):
    table("validation.csv", rows(1, 300))
    problem = ("--monitor", "model-quality", "--problem-type", "BinaryClassification")
    code, found = run("baseline", "validation.csv", *problem, *options, "--output", "baseline")
    assert code == 2
    assert said in found
    assert not Path("baseline").exists()


def test_an_option_of_model_quality_is_refused_where_the_data_are_monitored(run):
    table("validation.csv", rows(1, 300))
    code, said = run("baseline", "validation.csv", "--label", "late", "--output", "baseline")
    assert code == 2
    assert "--monitor model-quality" in said
