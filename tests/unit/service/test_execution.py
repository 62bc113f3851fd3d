"""An execution: what it reads, what it leaves, and what it says when it cannot."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kedge.analysis.retraining.recent import Recent
from kedge.app import execute, jobs
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.catalog import Answers, Endpoint, JobDefinition, PlainFiles
from kedge.domain.dataset import Dataset
from kedge.domain.documents import from_document
from kedge.domain.ground_truth import GroundTruth
from kedge.domain.window import Window
from kedge.monitors.model_quality import Asked
from kedge.service.assignment import REPORT, Assignment, read_assignment
from kedge.service.choice import Wanted
from kedge.settings import Settings

NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
GIVEN = Assignment(
    definition=JobDefinition(name="fraud", endpoint_name="fraud"),
    window=Window(NINE, TEN),
    scheduled_time=TEN,
    endpoint=Endpoint(name="fraud", captures="captures"),
    baseline="baseline",
)
ROWS = 200


def _quiet(rows: int) -> None:
    """Show no progress."""


def _capture(hour: datetime, offset: int = 0) -> None:
    """Write an hour of captures; the amounts lie ``offset`` higher than at first, and every second answer is 1."""
    folder = Path(f"captures/fraud/AllTraffic/{hour:%Y/%m/%d/%H}")
    folder.mkdir(parents=True, exist_ok=True)
    records = (
        CaptureRecord(
            f"e{i}",
            f"{hour:%FT%H}:{i % 60:02}:00Z",
            Payload(f"{i % 50 + offset}.5,{i % 7}", "CSV", "text/csv"),
            Payload(f"{i % 2}", "CSV", "text/csv"),
            f"{hour:%H}-{i}",
        )
        for i in range(ROWS)
    )
    (folder / "a.jsonl").write_text("".join(record.to_json() + "\n" for record in records))


def _label(hour: datetime, share: float = 1, wrong: int = 0) -> None:
    folder = Path(f"labels/{hour:%Y/%m/%d/%H}")
    folder.mkdir(parents=True, exist_ok=True)
    truths = (GroundTruth(f"{hour:%H}-{i}", f"{(i + (i < wrong)) % 2}") for i in range(int(ROWS * share)))
    (folder / "b.jsonl").write_text("".join(truth.to_json() + "\n" for truth in truths))


@pytest.fixture
def baseline():
    Path("train.csv").write_text("amount,kind,_out\n" + "".join(f"{i % 50}.5,{i % 7},{i % 2}\n" for i in range(ROWS)))
    work = jobs(Settings())
    learned = work.learn(work.choice.learner(Wanted()), Dataset("train.csv", exclude=("_out",)), _quiet)
    work.shelf.save_baseline(learned, "baseline")


def _run(given: Assignment, folder: str = "work", **definition):
    told = []
    path = Path(folder).absolute()
    path.mkdir()
    given = replace(given, definition=replace(given.definition, **definition))
    outcome = execute(Settings(), given, path, told.append)
    assert told[-1] == outcome
    return outcome


def _report(folder: str = "work") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder, REPORT).rglob("*") if path.is_file()}


def test_a_window_like_the_baseline_is_completed(baseline):
    _capture(NINE)
    outcome = _run(GIVEN)
    assert (outcome.status, outcome.rows, outcome.violations) == ("Completed", ROWS, 0)
    assert outcome.exit_message == "Completed: Job completed successfully with no violations."


def test_a_window_that_drifted_is_completed_with_violations(baseline):
    _capture(NINE, offset=100)
    outcome = _run(GIVEN)
    assert (outcome.status, outcome.violations > 0) == ("CompletedWithViolations", True)
    assert outcome.exit_message.startswith("CompletedWithViolations: Job completed successfully with ")
    assert {v["feature_name"] for v in json.loads(_report()["constraint_violations.json"])["violations"]} == {"amount"}


def test_the_file_that_makes_it_a_report_is_the_last(baseline):
    _capture(NINE)
    outcome = _run(GIVEN)
    assert outcome.files[-1] == "statistics.json"
    assert set(outcome.files) == set(_report())


def test_the_same_window_leaves_the_same_bytes(baseline):
    _capture(NINE, offset=30)
    _run(GIVEN, "once")
    _run(GIVEN, "twice")
    assert _report("once") == _report("twice")


def test_offsets_move_the_window(baseline):
    _capture(NINE - timedelta(hours=3), offset=100)
    offset = timedelta(hours=-3)
    assert _run(GIVEN, start_time_offset=offset, end_time_offset=offset).violations > 0


@pytest.mark.parametrize("captured", [(), (NINE - timedelta(days=3),)], ids=["none at all", "none in the window"])
def test_a_window_without_data_fails_as_in_the_service(baseline, captured):
    for hour in captured:
        _capture(hour)
    outcome = _run(GIVEN)
    assert (outcome.status, outcome.failure_reason) == ("Failed", "Job inputs had no data")
    assert "captures/fraud" in outcome.next_step
    assert outcome.next_step.endswith("kedge capture tail captures --endpoint fraud --no-follow")


def test_a_window_without_data_is_quiet_where_that_is_wanted(baseline):
    outcome = _run(GIVEN, no_data="quiet")
    assert (outcome.status, outcome.failure_reason) == ("NoData", None)


def test_a_window_of_few_rows_is_reported_and_not_judged(baseline):
    _capture(NINE, offset=100)
    outcome = _run(GIVEN, minimum_rows=1000)
    assert (outcome.status, outcome.violations, outcome.rows) == ("Completed", 0, ROWS)
    assert "200 rows are too few for a verdict, which takes 1,000" in outcome.exit_message
    assert "fewer rows than the 1,000" in json.loads(_report()["report.json"])["reading"]["notes"][-1]


def test_what_cannot_be_read_is_told_with_its_place(baseline):
    _capture(NINE)
    Path("captures/fraud/AllTraffic/2024/05/01/09/b.jsonl").write_text("{broken\n" * 50)
    outcome = _run(GIVEN)
    assert (outcome.status, "b.jsonl:1" in outcome.failure_reason) == ("Failed", True)
    assert outcome.next_step.startswith("Mend the files")
    assert [(step.name, step.status) for step in outcome.steps] == [("analysis", "Failed")]


def test_a_baseline_that_is_not_there_is_named():
    outcome = _run(GIVEN)
    assert (outcome.status, outcome.steps) == ("Failed", ())
    assert outcome.failure_reason.startswith("baseline: There is no baseline here")


def test_one_variant_may_be_looked_at_alone(baseline):
    _capture(NINE, offset=100)
    assert _run(GIVEN, variants=("AllTraffic",)).violations > 0


def test_plain_files_are_read_whole(baseline):
    files = PlainFiles(name="training", url="train.csv")
    outcome = _run(replace(GIVEN, endpoint=None, dataset=files), exclude_features_attribute=("_out",))
    assert (outcome.status, outcome.rows) == ("Completed", ROWS)


# --- with labels --------------------------------------------------------------------------------------------------

ANSWERS = Answers(problem_type="BinaryClassification", inference_attribute="0")
QUALITY = replace(
    GIVEN,
    definition=JobDefinition(name="quality", monitoring_type="ModelQuality", ground_truth="labels", answers=ANSWERS),
)


@pytest.fixture
def quality():
    lines = (f"{i % 2},{(i + (i % 20 == 0)) % 2}\n" for i in range(ROWS * 10))
    Path("judged.csv").write_text("answer,label\n" + "".join(lines))
    work = jobs(Settings())
    asked = Wanted(monitor="model-quality", roles=_asked())
    learned = work.learn(work.choice.learner(asked), Dataset("judged.csv"), _quiet)
    work.shelf.save_baseline(learned, "baseline")


def _asked() -> Asked:
    return Asked(problem="BinaryClassification", label="label", prediction="answer")


def test_labels_are_joined_in_a_step_of_their_own(quality):
    _capture(NINE)
    _label(NINE, share=0.75)
    outcome = _run(QUALITY)
    assert [(step.name, step.status, step.rows) for step in outcome.steps] == [
        ("merge", "Completed", ROWS),
        ("analysis", "Completed", 150),
    ]
    assert outcome.coverage == 0.75
    assert [name for name in outcome.files if name.startswith("merge/fraud/AllTraffic/2024/05/01/09/")]


def test_a_model_that_is_often_wrong_is_found_out(quality):
    _capture(NINE)
    _label(NINE, wrong=100)
    assert _run(QUALITY).status == "CompletedWithViolations"


def test_the_rows_that_were_answered_last_stay_with_their_errors(quality):
    _capture(NINE)
    _label(NINE, wrong=100)
    assert "recent.json" in _run(QUALITY).files
    recent = from_document(Recent, json.loads(_report()["recent.json"]))
    assert [len(recent), recent.error("mae")] == [ROWS, 0.5]
    assert recent.latest[-1].time == NINE + timedelta(minutes=59)


def test_without_labels_the_merge_fails(quality):
    _capture(NINE)
    outcome = _run(QUALITY)
    assert [(step.name, step.status) for step in outcome.steps] == [("merge", "Failed")]
    assert (outcome.status, outcome.failure_reason.startswith("labels: ")) == ("Failed", True)


# --- as a file ----------------------------------------------------------------------------------------------------

YAML = b"""
endpoint: {name: fraud, captures: captures}
definition: {monitoring_type: DataQuality, start_time_offset: -P8D}
baseline: baseline
window: {start: 2024-05-01T09:00:00Z, end: 2024-05-01T10:00:00Z}
scheduled_time: 2024-05-01T10:00:00Z
"""


def test_an_assignment_is_read_from_yaml():
    read = read_assignment(YAML, "job.yaml")
    assert (read.window, read.definition.start_time_offset) == (GIVEN.window, timedelta(days=-8))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "job.json: This is no definition of a job."),
        ("{", "job.json: This is not JSON"),
        ('{"definition": {"baseln": 1}}', "job.json: definition.baseln: There is no field of this name."),
        ('{"definition": {"minimum_rows": "ten"}}', "job.json: definition.minimum_rows: "),
    ],
)
def test_what_is_no_assignment_is_told_with_its_place(text, says):
    with pytest.raises(Exception, match=says):
        read_assignment(text.encode(), "job.json", window={"start": NINE, "end": TEN}, scheduled_time=TEN)
