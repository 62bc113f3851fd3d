"""A batch job's answers lie where a batch transform's lie, and their manifests come last."""

from __future__ import annotations

import csv
import json
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

import kedge
from kedge.capture.batch import BatchRecorder, tagged
from kedge.errors import InputError, SettingError

STARTED = datetime(2024, 5, 1, 9, 0, 15, tzinfo=UTC)


def recorded(*names: str, answers: str = "0.93\n0.07\n", **options) -> Path:
    with BatchRecorder("capture", requests="in", responses="out", started=STARTED, **options) as batch:
        for name in names:
            batch.write(name, answers)
    return Path("capture")


def manifest(side: str):
    (file,) = Path("capture", side, "2024/05/01/09").glob("*.json")
    return json.loads(file.read_text())


def test_the_manifests_are_those_of_the_specification():
    recorded("part_0.csv", "part_1.csv")
    assert manifest("input") == [{"prefix": f"{Path('in').resolve()}/"}, "part_0.csv", "part_1.csv"]
    assert manifest("output") == [{"prefix": f"{Path('out').resolve()}/"}, "part_0.csv.out", "part_1.csv.out"]


def test_a_prefix_may_be_where_the_answers_are_copied_to():
    recorded("a.csv", responses_url="s3://bucket/out")
    assert manifest("output")[0] == {"prefix": "s3://bucket/out/"}


def test_the_answers_are_written_as_they_are():
    recorded("a.csv")
    assert Path("out/a.csv.out").read_text() == "0.93\n0.07\n"
    assert stat.S_IMODE(Path("out/a.csv.out").stat().st_mode) == 0o600


def test_records_of_csv_get_an_id_and_the_start_of_the_job():
    recorded("a.csv", generate_inference_id=True)
    rows = list(csv.reader(Path("out/a.csv.out").read_text().splitlines()))
    assert [(row[0], UUID(row[1]).version, row[2]) for row in rows] == [
        ("0.93", 4, "2024-05-01T09:00:15Z"),
        ("0.07", 4, "2024-05-01T09:00:15Z"),
    ]
    assert rows[0][1] != rows[1][1]


def test_a_quoted_line_end_does_not_end_a_record():
    rows = list(csv.reader(tagged('"a\nb",1\nc,2\n', "a.csv", STARTED).splitlines(keepends=True)))
    assert [row[:2] for row in rows] == [["a\nb", "1"], ["c", "2"]]
    assert {len(row) for row in rows} == {4}


@pytest.mark.parametrize("answers", ['{"score": 0.93}\n{"score": 0.07}\n', '{"score": 0.93}'])
def test_records_of_json_get_two_keys(answers):
    found = [json.loads(line) for line in tagged(answers, "a.json", STARTED).splitlines()]
    assert all(set(one) == {"score", "SageMakerInferenceId", "SageMakerInferenceTime"} for one in found)
    assert len(found) == answers.count("score")


@pytest.mark.parametrize("answers", ["[1, 2]", '{"a": 1}\n[2]\n', '{"a": 1}\n{"b": \n'])
def test_what_cannot_carry_an_id_is_refused(answers):
    with pytest.raises(InputError) as error:
        tagged(answers, "a.json", STARTED)
    assert error.value.file == "a.json"


def test_a_job_that_fails_leaves_no_manifest():
    with suppress(ZeroDivisionError), BatchRecorder("capture", requests="in", responses="out") as batch:
        batch.write("a.csv", "1\n")
        raise ZeroDivisionError
    assert not Path("capture").exists()


@pytest.mark.parametrize("name", ["", "../a.csv", "/a.csv", "a.csv"])
def test_a_name_that_leads_out_or_is_written_twice_is_refused(name):
    with BatchRecorder("capture", requests="in", responses="out") as batch:
        batch.write("a.csv", "1\n")
        with pytest.raises(SettingError):
            batch.write(name, "2\n")
    assert Path("out/a.csv.out").read_text() == "1\n"


@pytest.mark.parametrize("ids", [False, True])
def test_a_monitor_reads_what_was_recorded(ids):
    Path("in").mkdir()
    Path("in/a.csv").write_text("41,blue\n17,red\n")
    found = kedge.baseline(recorded("a.csv", generate_inference_id=ids), header=False)
    assert [len(found.statistics.features), found.statistics.dataset.item_count] == [3, 2]
