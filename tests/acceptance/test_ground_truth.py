"""Labels become ground truth: from files by a command, from frames by a function."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import kedge
from kedge.domain.ground_truth import GroundTruth
from kedge.errors import InputError, SettingError

NAMED = ("--id", "order_id", "--label", "paid_back", "--destination", "labels")
ORDERS = {"order_id": ["order-1", "order-2", "order-3"], "paid_back": [1, 0, 1]}
FRAMES = {"polars": pl.DataFrame, "pandas": pd.DataFrame, "arrow": pa.table}


def _arrived(folder: str = "labels") -> dict[str, str]:
    lines = [line for file in sorted(Path(folder).rglob("*.jsonl")) for line in file.read_text().splitlines()]
    return {record.id: record.data for record in map(GroundTruth.from_json, lines)}


def test_the_labels_of_a_file_arrive(run):
    pl.DataFrame(ORDERS).write_csv("labels.csv")
    code, printed = run("ground-truth", "upload", "labels.csv", *NAMED)
    assert (code, _arrived()) == (0, {"order-1": "1", "order-2": "0", "order-3": "1"})
    assert printed == (
        "Uploaded 3 labels to labels: 1 file\n"
        "Next: kedge check live/ --baseline baseline/ --monitor model-quality --ground-truth labels --output report/\n"
    )


def test_what_is_missing_and_what_differs_is_told(run):
    Path("labels.tsv").write_text("order_id\tpaid_back\norder-1\t1\norder-2\t\norder-1\t0\n")
    code, printed = run("ground-truth", "upload", "labels.tsv", *NAMED, "--unreadable-share", "0.5")
    assert (code, _arrived()) == (0, {"order-1": "0"})
    assert "Note: 1 id had labels that differ, such as 'order-1': the last of each was uploaded.\n" in printed
    assert "1 record could not be read:\n  labels.tsv:3: The row has no paid_back.\n" in printed


def test_too_many_rows_without_a_label_upload_nothing(run):
    Path("labels.csv").write_text("order_id,paid_back\norder-1,1\norder-2,\n")
    code, printed = run("ground-truth", "upload", "labels.csv", *NAMED)
    assert (code, _arrived()) == (2, {})
    assert "The first: labels.csv:3: The row has no paid_back." in printed
    assert "--unreadable-share" in printed


def test_the_outcome_is_json_for_machines(run):
    Path("labels.csv").write_text("7;1\n8;0\n")
    how = ("--no-header", "--delimiter", ";", "--format", "csv", "--json")
    code, printed = run("ground-truth", "upload", "labels.csv", "--id", "0", "--label", "1", *NAMED[4:], *how)
    done = json.loads(printed)
    assert (code, done["labels"], done["reading"]["rows"]) == (0, 2, 2)
    assert [Path(name).is_file() for name in done["files"]] == [True]


def test_the_rows_of_a_request_are_one_record(run):
    Path("labels.jsonl").write_text('{"order_id":"a","paid_back":0}\n{"order_id":"a","paid_back":1}\n')
    code, _ = run("ground-truth", "upload", "labels.jsonl", *NAMED, "--group")
    assert (code, _arrived()) == (0, {"a": "0,1"})


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_the_labels_of_a_frame_arrive(frame):
    done = kedge.upload_labels(frame(ORDERS), id="order_id", label="paid_back", destination=Path("labels"))
    assert _arrived() == {"order-1": "1", "order-2": "0", "order-3": "1"}
    assert (done.labels, len(done.files)) == (3, 1)


def test_an_option_that_says_nothing_of_labels_is_refused():
    with pytest.raises(SettingError, match=r"no option 'headers'\. Did you mean 'header'"):
        kedge.upload_labels("labels.csv", id="a", label="b", destination="labels", headers=False)


def test_a_column_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(InputError, match=r"no column 'order'\. Did you mean 'order_id'.* Name another with --id"):
        kedge.upload_labels(pl.DataFrame(ORDERS), id="order", label="paid_back", destination="labels")
