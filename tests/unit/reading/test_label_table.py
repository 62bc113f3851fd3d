"""Tables of labels become the records that ``GroundTruth`` writes."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.adapters.engines.local import Local
from kedge.adapters.stores.local import Local as Files
from kedge.capture.sampling import sampled
from kedge.domain.dataset import Dataset
from kedge.domain.ground_truth import GroundTruth, LabelColumns
from kedge.errors import InputError, SettingError

TIME = "2024-05-03T08:00:00.123Z"
ENGINE = Local(Files())
NONE_TOO_MANY = 1.0


def _uploaded(data: object, group: bool = False, size: int = 100, **options):
    """Return the lines of every file, and what was read."""
    frame = None if isinstance(data, str) else data
    dataset = Dataset(data if frame is None else "frame", unreadable_share=NONE_TOO_MANY, **options)
    with ENGINE.labels(dataset, LabelColumns("id", "y", group), frame) as (labels, reading):
        return [content for content, _ in labels.files(size, TIME)], reading


def _labels(data: object, **options) -> dict[str, str]:
    files, _ = _uploaded(data, **options)
    records = [GroundTruth.from_json(line) for content in files for line in content.splitlines()]
    return {record.id: record.data for record in records}


def _file(name: str, text: str) -> str:
    data = text.encode()
    Path(name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return name


def test_labels_of_requests_that_a_sample_left_out_are_left_out():
    frame = pl.DataFrame({"id": [f"order-{i}" for i in range(2000)], "y": ["1"] * 2000})
    with ENGINE.labels(Dataset("frame"), LabelColumns("id", "y", False, 10), frame) as (labels, reading):
        (content,) = [content for content, _ in labels.files(2000, TIME)]
    kept = [GroundTruth.from_json(line).id for line in content.splitlines()]
    assert kept == [f"order-{i}" for i in range(2000) if sampled(f"order-{i}", 10)]
    assert reading.notes == [f"{2000 - len(kept):,} of 2,000 labels are of requests that a sample of 10% has not."]


@pytest.mark.parametrize("percentage", [0, -1, 101, math.nan])
def test_a_sample_that_is_none_is_refused(percentage):
    with pytest.raises(SettingError, match="sampling_percentage: Of a hundred"):
        LabelColumns("id", "y", sampling_percentage=percentage)


PRINTED = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(str.strip)


@given(st.dictionaries(PRINTED.filter(lambda id: id.strip(" ")), PRINTED, min_size=1, max_size=20))
def test_sql_writes_what_the_record_writes(labels):
    frame = pl.DataFrame({"id": list(labels), "y": list(labels.values())})
    (content,), _ = _uploaded(frame)
    records = [GroundTruth.from_json(line) for line in content.removesuffix("\n").split("\n")]
    assert [(record.id, record.encoding, record.upload_time) for record in records] == [
        (id, "CSV", TIME) for id in labels
    ]
    assert [list(csv.reader(io.StringIO(r.data, newline=""))) for r in records] == [[[y]] for y in labels.values()]


def test_a_line_has_the_keys_of_the_service_in_its_order():
    files, _ = _uploaded(_file("a.csv", "id,y\norder-17,1\n"))
    ours = GroundTruth("order-17", "1", upload_time=TIME)
    assert files == [ours.to_json() + "\n"]


def test_labels_of_a_csv_file_keep_their_text():
    text = 'id,y\n1,1\n2,1.50\n3,007\n4,true\n5,"a,b"\n6,"say ""so"""\n7,a;b\n'
    quoted = {"5": '"a,b"', "6": '"say ""so"""', "7": '"a;b"'}
    assert _labels(_file("a.csv", text)) == {"1": "1", "2": "1.50", "3": "007", "4": "true"} | quoted


FRAME = {"id": [1, 2, 3], "y": [True, False, True]}
TYPED = {"polars": pl.DataFrame(FRAME), "pandas": pd.DataFrame(FRAME), "file": "a.parquet"}


@pytest.mark.parametrize("data", TYPED.values(), ids=TYPED)
def test_labels_of_a_typed_table_are_text(data):
    pl.DataFrame(FRAME).write_parquet("a.parquet")
    assert _labels(data) == {"1": "true", "2": "false", "3": "true"}


def test_integers_that_pandas_made_floats_for_a_gap_are_integers_still():
    assert _labels(pd.DataFrame({"id": [17, 18, None, 20], "y": [1, None, 1, 0]})) == {"17": "1", "20": "0"}


def test_json_lines_of_another_shape_are_read_in_their_place():
    usual = "".join(f'{{"id": "{i}", "y": {i % 2}}}\n' for i in range(2000))
    odd = '{"id": "1", "y": "late", "note": [1]}\n{"id": 3000, "y": true, "note": []}\nnot json\n{"id": "1", "y": 5}\n'
    labels = _labels(_file("a.jsonl", usual + odd))
    assert (labels["1"], labels["3000"], len(labels)) == ("5", "true", 2001)


def test_names_of_nested_objects_have_dots():
    Path("a.jsonl").write_text('{"order": {"id": "a"}, "y": 1}\n')
    with ENGINE.labels(Dataset("a.jsonl"), LabelColumns("order.id", "y")) as (labels, _):
        assert [count for _, count in labels.files(10, TIME)] == [1]


def test_a_file_without_names_is_addressed_by_place():
    Path("a.csv").write_text("order-1,1\norder-2,0\n")
    with ENGINE.labels(Dataset("a.csv", header=False), LabelColumns("0", "_c1")) as (labels, _):
        assert [count for _, count in labels.files(10, TIME)] == [2]


LACKING = {
    "a.csv": ('y,id\r\n1,a\r\n,b\r\n"x\r\ny",\r\n0,c\r\n', {3: "y", 4: "id"}),
    "b.csv.gz": ("id,y\na,1\nb,\n", {3: "y"}),
    "a.jsonl": ('{"id":"a","y":1}\n\n{"id":"b","y":null}\n{"y":1}\n{"id":" ","y":1}\n', {3: "y", 4: "id", 5: "id"}),
}


@pytest.mark.parametrize("name", LACKING)
def test_a_row_without_id_or_label_is_told_by_its_line(name):
    text, missing = LACKING[name]
    _file(name, text)
    _, reading = _uploaded(name)
    assert {example.line: example.reason for example in reading.examples} == {
        line: f"The row has no {column}." for line, column in missing.items()
    }
    assert reading.unreadable == len(missing)


def test_a_row_of_a_frame_without_a_label_is_told_by_its_place():
    _, reading = _uploaded(pl.DataFrame({"id": ["a", "b"], "y": [float("nan"), 1.0]}))
    assert [(example.line, example.reason) for example in reading.examples] == [(None, "Row 1 has no y.")]


def test_a_broken_line_is_told_once():
    _, reading = _uploaded(_file("a.csv", "id,y\na,1\nb\nc,1,2\nd,\n"))
    assert [example.line for example in reading.examples] == [3, 4, 5]
    assert (reading.rows, reading.unreadable) == (1, 3)


def test_of_several_labels_of_an_id_the_last_one_is_uploaded():
    text = "id,y\na,0\nb,1\na,1\nb,1\nc,0\n"
    _, reading = _uploaded(_file("a.csv", text))
    assert _labels("a.csv") == {"a": "1", "b": "1", "c": "0"}
    assert reading.notes == ["1 id had labels that differ, such as 'a': the last of each was uploaded."]


def test_the_rows_of_a_request_become_one_list():
    data = _file("a.csv", 'id,y\na,0\nb,1\na,"1,5"\na,2\n')
    assert _labels(data, group=True) == {"a": '0,"1,5",2', "b": "1"}


def test_a_request_that_lacks_a_label_is_left_out_whole():
    data = _file("a.csv", "id,y\na,0\nb,1\na,\n")
    _, reading = _uploaded(data, group=True)
    assert _labels(data, group=True) == {"b": "1"}
    assert reading.notes == ["1 id had a row without a label, such as 'a': nothing of such a request was uploaded."]


def test_files_are_cut_to_size_in_the_order_of_the_table():
    data = _file("a.csv", "id,y\n" + "".join(f"{i},1\n" for i in range(25)))
    files, _ = _uploaded(data, size=10)
    ids = [[json.loads(line)["eventMetadata"]["eventId"] for line in content.splitlines()] for content in files]
    assert ids == [[str(i) for i in range(start, min(start + 10, 25))] for start in (0, 10, 20)]


REFUSED = {
    "an unknown column": ({"id": ["a"], "yy": [1]}, "no column 'y'. Did you mean 'yy'?"),
    "a list": ({"id": ["a"], "y": [[1]]}, "holds lists"),
    "nothing": ({"id": [], "y": []}, "no row"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_without_labels_is_refused(name):
    data, message = REFUSED[name]
    with pytest.raises(InputError) as error:
        _uploaded(pl.DataFrame(data))
    assert message in str(error.value)


def test_capture_records_are_no_table():
    data = _file("a.jsonl", '{"captureData":{},"eventMetadata":{}}\n')
    with pytest.raises(InputError, match="these are capture files"):
        _uploaded(data)


def test_above_the_share_of_rows_without_a_label_nothing_is_ready():
    Path("a.csv").write_text("id,y\na,1\nb,\n")
    message = r"1 of 2 records cannot be read \(50.0%\).* The first: a.csv:3: The row has no y\."
    with pytest.raises(InputError, match=message), ENGINE.labels(Dataset("a.csv"), LabelColumns("id", "y")):
        pass
