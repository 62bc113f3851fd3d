"""What a person writes in monitors.yaml, and what is told where it is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kedge.domain.catalog import Answers, Baseline, Endpoint, MonitoringSchedule, PlainFiles, Program, Reading
from kedge.domain.declaration import Declaration
from kedge.errors import DocumentError, SettingError
from kedge.reading.alarm_entries import AlarmEntry
from kedge.reading.monitors_entries import MonitorsFile, ScheduleEntry
from kedge.reading.monitors_file import WORDS, Monitors, schema

PUBLISHED = Path(__file__).parents[3] / "docs/reference/formats/monitors.schema.json"
SHORT = """\
endpoints:
  fraud:
    captures: captures/
baselines:
  fraud:
    learn: train.csv
schedules:
  fraud-hourly:
    endpoint: fraud
    baseline: fraud
    when: hourly
"""


def monitors(text: str) -> Monitors:
    return Monitors(text.encode(), "monitors.yaml")


def declared(text: str) -> Declaration:
    return monitors(text).declaration


def schedule(text: str):
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return declared(f"schedules:\n  a:\n    when: daily\n{lines}").schedules[0]


def test_the_shortest_useful_file_is_eleven_lines():
    found = declared(SHORT)
    assert found.endpoints == (Endpoint(name="fraud", captures=str(Path.cwd() / "captures")),)
    when, what = found.schedules[0]
    assert (when.name, when.schedule_expression) == ("fraud-hourly", "hourly")
    assert (what.endpoint_name, what.baseline, what.monitoring_type) == ("fraud", "fraud", "DataQuality")
    learn = found.baselines[0]
    assert (learn.name, learn.data.url) == ("fraud", str(Path.cwd() / "train.csv"))


def test_a_file_of_nothing_declares_nothing():
    assert declared("") == declared("schedules:\n") == Declaration()


def test_a_dataset_says_how_it_is_read():
    found = declared("datasets:\n  orders:\n    url: s3://orders\n    header: false\n    delimiter: ;\n")
    assert found.datasets == (
        PlainFiles(name="orders", url="s3://orders", reading=Reading(header=False, delimiter=";")),
    )


def test_a_baseline_can_lie_somewhere_already():
    found = declared("baselines:\n  fraud:\n    url: s3://baseline\n    monitor: bias\n")
    assert found.baselines == (Baseline(name="fraud", version=0, url="s3://baseline", monitoring_type="ModelBias"),)


def test_what_the_model_answers_is_said_as_on_the_command_line():
    _, what = schedule(
        "monitor: model-quality\nproblem_type: BinaryClassification\nprobability: 0\npositive_label: 1\n"
        "probability_threshold: 0.7\nsegments: age\nground_truth: labels\nlabel: y\n"
    )
    assert what.monitoring_type == "ModelQuality"
    assert what.ground_truth == str(Path.cwd() / "labels")
    assert what.answers == Answers(
        problem_type="BinaryClassification",
        label="y",
        probability_attribute="0",
        probability_threshold_attribute=0.7,
        positive_label="1",
        segments=("age",),
    )


def test_offsets_are_durations():
    when, what = schedule("analysis_start: -PT5H\nanalysis_end: PT0H\nstart_offset: -P8D\nend_offset: -P1D\n")
    assert (when.data_analysis_start_time, when.data_analysis_end_time) == (timedelta(hours=-5), timedelta())
    assert (what.start_time_offset, what.end_time_offset) == (timedelta(days=-8), timedelta(days=-1))


def test_a_command_is_split_as_a_shell_would():
    _, what = schedule("monitor: custom\ncommand: python 'my own.py'\narguments: [--a, 1]\nimage: own:1\n")
    assert what.program == Program(
        container_entrypoint=("python", "my own.py"), container_arguments=("--a", "1"), image_uri="own:1"
    )


def test_files_that_a_command_names_are_seen_from_everywhere():
    Path("own.py").touch()
    program = schedule("monitor: custom\ncommand: python own.py\narguments: own.py other.py\n")[1].program
    assert program.container_entrypoint == ("python", str(Path.cwd() / "own.py"))
    assert program.container_arguments == (str(Path.cwd() / "own.py"), "other.py")
    assert schedule("monitor: custom\ncommand: own.py\nimage: own:1\n")[1].program.container_entrypoint == ("own.py",)


@pytest.mark.parametrize(("named", "found"), [("own.py", "own.py"), ("s3://b/own.py", None), ("limit", None)])
def test_an_analyzer_is_a_file_or_a_name(named, found):
    program = schedule(f"monitor: custom\nanalyzer: {named}\n")[1].program
    assert program == Program(analyzer=str(Path.cwd() / found) if found else named)


@pytest.mark.parametrize(
    ("baseline", "found"), [("fraud:3", "fraud:3"), ("./own", "own"), ("s3://b/own", "s3://b/own"), ("/own", "/own")]
)
def test_a_baseline_of_a_schedule_is_a_name_or_a_place(baseline, found):
    _, what = schedule(f"baseline: {baseline}")
    assert what.baseline == (str(Path.cwd() / found) if found == "own" else found)


def test_a_predictor_is_a_path_where_there_is_such_a_file():
    Path("model.json").touch()
    assert schedule("predictor: model.json")[1].predictor == str(Path.cwd() / "model.json")
    assert schedule("predictor: own:predict")[1].predictor == "own:predict"


def test_what_schedules_share_is_written_once():
    text = "x: &x\n  when: daily\n".replace("x:", "schedules:\n  a:", 1).replace("  when", "    when")
    found = declared(text + "  b:\n    <<: *x\n    when: weekly\n")
    assert [when.schedule_expression for when, _ in found.schedules] == ["daily", "weekly"]


@pytest.mark.parametrize(
    ("change", "line", "told"),
    [
        (("captures:", "capture:"), 3, "endpoints.fraud.capture: There is no such key. Did you mean 'captures'?"),
        (("schedules:", "schedule:"), 7, "schedule: There is no such key. Did you mean 'schedules'?"),
        (("    when: hourly\n", ""), 8, "schedules.fraud-hourly.when: This key is missing."),
        (("when: hourly", "when: [1]"), 11, "schedules.fraud-hourly.when: Input should be a valid string."),
        (("when: hourly", "when: hourly\n    no_data: quite"), 12, "Found 'quite'. Did you mean 'quiet'?"),
        (("when: hourly", "when: hourly\n    start_offset: 8 days"), 12, "'8 days' is not a duration"),
        (("when: hourly", "when: hourly\n    minimum_rows: -1"), 12, "greater than or equal to 0. Found -1."),
        (("    learn: train.csv", "    format: csv"), 5, "Expected either learn or url"),
        (("when: hourly", "when: hourly\n    when: daily"), 12, "the key 'when' stands twice"),
        (("fraud-hourly:", "fraud-hourly: {"), 10, "This is not YAML"),
        (("when: hourly", "when: 'hourly"), 12, "This is not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(change, line, told):
    with pytest.raises(DocumentError) as error:
        monitors(SHORT.replace(*change))
    assert str(error.value).startswith(f"monitors.yaml:{line}: ")
    assert told in str(error.value)
    assert error.value.next_step == "Mend that line."


@pytest.mark.parametrize("text", ["- a\n", "endpoints: 1\n", "\x00", "a: !!python/object:os.system 1\n"])
def test_what_is_no_such_file_is_refused(text):
    with pytest.raises(DocumentError):
        monitors(text)


def test_what_the_catalog_says_is_said_of_the_key_of_the_file():
    error = monitors(SHORT).placed(SettingError("No.", field="schedule_expression"), "schedule", "fraud-hourly")
    assert str(error) == "monitors.yaml:11: schedules.fraud-hourly.when: No."


def test_every_word_of_the_catalog_that_is_another_in_the_file_is_a_key_there():
    keys = {"learn", "definition", *ScheduleEntry.model_fields, *AlarmEntry.model_fields}
    assert set(WORDS.values()) - keys == set()


def test_the_schema_for_editors_is_that_of_the_model():
    assert json.loads(PUBLISHED.read_text("utf-8")) == schema()


def test_every_key_of_the_file_is_described_in_the_schema():
    entries = schema()["$defs"]
    told = {name: key for entry in entries.values() for name, key in entry["properties"].items()}
    assert [name for name, key in told.items() if not key.get("description")] == []
    assert set(schema()["properties"]) == set(MonitorsFile.model_fields)


def test_a_schedule_of_the_file_differs_from_the_catalogs_in_its_life_alone():
    when, _ = schedule("catch_up: skip\ncatch_up_limit: 3")
    assert when == replace(
        MonitoringSchedule(name="a", monitoring_job_definition_name="", schedule_expression="daily"),
        catch_up="skip",
        catch_up_limit=3,
    )


@pytest.mark.parametrize(
    "text",
    [
        "endpoints: [&a [x, x, x, x, x, x, x, x, x, x]"
        + "".join(f", &{b} [{', '.join([f'*{a}'] * 10)}]" for a, b in zip("abcdefghi", "bcdefghij", strict=True))
        + "]",
        "a: &a {k: v}\n"
        + "".join(
            f"{b}: &{b} {{<<: [{', '.join([f'*{a}'] * 10)}]}}\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
        ),
        "endpoints: &a {x: *a}",
        "[" * 100_000,
    ],
    ids=("aliases", "merges", "itself", "deep"),
)
def test_what_is_far_more_than_it_looks_is_refused(text):
    with pytest.raises(DocumentError, match=r"aliases stand for too much|nested too deeply"):
        Monitors(text.encode(), "monitors.yaml")
