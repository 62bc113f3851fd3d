"""Merged records: the labels of a record's rows, in SQL as in the Python reference; responses by their places."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.dataset import Dataset, Expectation
from kedge.domain.window import Window, parse_time
from kedge.errors import InputError
from kedge.reading.capture import Capture
from kedge.reading.files import File, Group
from kedge.reading.labels import labelled, labels
from kedge.reading.payload import Layout
from kedge.reading.rows import classify
from kedge.reading.scan import Scan

TIME = "2024-05-01T09:00:00Z"
LABEL = "groundTruthData"


def merged(label: str | None, asked: str | None, told: str | None, encoding="CSV", kind="CSV", batch=False):
    truth = None if label is None else Payload(label, kind)
    sides = [None if data is None else Payload(data, encoding) for data in (asked, told)]
    return CaptureRecord("e", TIME, *sides, label=truth, batch=batch)


@cache
def database():
    """One for every example, each of which has a connection of its own to it: opening one takes longer than reading."""
    return duckdb.connect()


def scanned(records, data=Dataset("x"), known=Expectation()):  # noqa: B008 - they are frozen
    lines = [r if isinstance(r, str) else r.to_json() for r in records]
    path = Path("a.jsonl")
    path.write_text("\n".join(lines), "utf-8")
    scan = Scan(database().cursor(), Capture(Group("capture", (File(path, str(path)),)), data, known), data)
    batches = list(scan.batches(scan.texts()))
    found = [{n: c.value(i) for n, c in batch.columns.items()} for batch in batches for i in range(len(batch))]
    return found, scan.account(len(found))


def told_labels(data: str, rows: int, kind: str = "JSON", name: str | None = None):
    return labels(Payload(data, kind), rows, Dataset("x", label=name))


def test_a_label_stands_beside_the_columns_of_its_record():
    found, _ = scanned([merged("1", "41,blue", "0.9\n")], known=Expectation(("p", "age", "colour")))
    assert found == [{"p": 0.9, "age": 41, "colour": "blue", LABEL: 1}]


@pytest.mark.parametrize("label", ["1,0", "1\n0\n", "1\r\n0", "1\n\n0"])
def test_every_row_of_a_request_has_its_own_label(label):
    found, _ = scanned([merged(label, "a\nb", "0.9\n0.2")])
    assert [(row["_c0"], row[LABEL]) for row in found] == [(0.9, 1), (0.2, 0)]


@pytest.mark.parametrize(
    "data",
    ["[1, 0]", "1\n0", '[{"label": 1}, {"label": 0}]', '{"instances": [{"label": 1}, {"label": 0}]}', '{"y": [1, 0]}'],
)
def test_json_labels_are_a_list_or_one_object_each(data):
    assert told_labels(data, 2) == [1, 0]


@pytest.mark.parametrize("name", ["y", "rows[*].y", "rows[].y"])
def test_a_key_among_others_is_named_or_has_a_path(name):
    key = "rows" if "[" in name else "instances"
    assert told_labels(json.dumps({key: [{"y": 1, "z": 5}, {"y": 0, "z": 6}]}), 2, name=name) == [1, 0]


def test_a_name_that_the_labels_do_not_know_leaves_the_only_key():
    assert told_labels('{"label": "yes"}', 1, name="paid back?") == ["yes"]


@pytest.mark.parametrize(
    ("data", "kind", "name", "reason"),
    [
        ('{"a": 1, "b": 2}', "JSON", None, "The label has several keys: 'a', 'b'. Name the one with --label."),
        ('{"a": 1, "lable": 2}', "JSON", "label", "has no key 'label'; it has 'a', 'lable'. Did you mean 'lable'?"),
        ("{", "JSON", None, "The payload is not JSON"),
        ("MQ==", "BASE64", None, "groundTruthData.encoding: The encoding 'BASE64' is not known"),
        ('"a', "CSV", None, "The CSV payload is broken"),
        ("1,0", "CSV", None, "There are 2 labels for 1 row. Give one label for each row"),
    ],
)
def test_labels_that_cannot_be_read_are_refused_in_words(data, kind, name, reason):
    with pytest.raises(InputError, match="groundTruthData") as caught:
        told_labels(data, 1, kind, name)
    assert reason in str(caught.value)


def test_a_record_with_too_few_labels_is_unreadable_and_has_its_line():
    whole, short = merged("1,0", "a\nb", "1\n2"), merged("1", "a\nb", "1\n2")
    _, account = scanned([replace(whole, event_id="whole"), short])
    (example,) = account.examples
    assert (example.line, "groundTruthData.data: There is 1 label for 2 rows." in example.reason) == (2, True)


def test_an_empty_line_is_no_label():
    found, account = scanned([merged("1\n\n0", "a\nb\nc", "1\n2\n3")])
    assert (found, account.unreadable) == ([], 1)


def test_what_a_batch_transform_answered_is_read_as_a_response():
    record = merged("1", None, "0.93,41,blue", batch=True)
    found, _ = scanned([record], known=Expectation(indexed=True))
    assert found == [{"0": 0.93, "1": 41, "2": "blue", LABEL: 1}]


def test_a_batch_record_without_a_time_is_of_any_window():
    line = CaptureRecord("e", "", None, Payload('{"y": 1}', "JSON"), label=Payload("1", "CSV"), batch=True).to_json()
    window = Window(parse_time("2024-05-01T09:00"), parse_time("2024-05-01T10:00"))
    found, _ = scanned([line, line.replace('{\\"y\\": 1}', '[{\\"y\\": 2}]')], Dataset("x", window=window))
    assert [row["y"] for row in found] == [1, 2]


def test_fields_of_a_response_are_called_by_their_places():
    known = Expectation(("age", "colour"), indexed=True)
    found, _ = scanned([merged("1", "41,blue", "yes,0.9")], Dataset("x", output_columns_position="END"), known)
    assert list(found[0].items()) == [("0", "yes"), ("1", 0.9), ("age", 41), ("colour", "blue"), (LABEL, 1)]


@pytest.mark.parametrize(
    ("asked", "told", "columns"),
    [
        ('{"instances": [[41, "blue"]]}', '{"predictions": [[1, 0.9]]}', ["0", "1", "_c0", "_c1"]),
        ('{"age": 41}', "[0.9]", ["age", "0"]),
        ("[[41, 1]]", '{"score": 0.9}', ["_c0", "_c1", "score"]),
    ],
)
def test_json_lists_are_called_by_their_places_too(asked, told, columns):
    known = Expectation(("age", "colour", "label"), indexed=True)
    (row,), _ = scanned([merged("1", asked, told, "JSON")], known=known)
    assert [name for name in row if row[name] is not None] == [*columns, LABEL]


CELLS = st.sampled_from(
    ["1", "0", "yes", "", '"a,b"', "1.50", " 1", "1,0", "1\n0", "\n1", "1\n\n0", "é", "1\r\n0", "a\rb"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["label", "instances"]), inner, max_size=2)
    ),
    max_leaves=3,
).map(json.dumps)
ROWS = st.sampled_from(["1,2", "1,2\n3,4", '"1",2', "1,2\n", "1\n", "[[1, 2]]", '{"a": 1}', '{"a": 2, "b": {"c": 1}}'])
RECORDS = st.builds(
    merged,
    st.none() | CELLS | VALUES,
    ROWS | st.none(),
    ROWS,
    st.sampled_from(["CSV", "JSON"]),
    st.sampled_from(["CSV", "CSV", "JSON", "JSON", "BASE64"]),
    st.booleans(),
)


@settings(max_examples=150)
@given(
    st.lists(RECORDS, min_size=1, max_size=6),
    st.sampled_from([None, "label", "instances[].label"]),
    st.booleans(),
)
def test_sql_reads_the_labels_that_the_python_reference_reads(records, name, indexed):
    data, known = Dataset("x", label=name), Expectation(("p", "q"), indexed=indexed)
    records = [replace(r, event_id=str(i)) for i, r in enumerate(records)]
    found, account = scanned(records, data, known)
    path = Path("a.jsonl")
    layout = Capture(Group("capture", (File(path, str(path)),)), data, known)._layout
    expected, refused = [], 0
    for r in records:
        try:
            expected += labelled(layout.rows(r), r, data)
        except InputError:
            refused += 1
    assert sorted(map(_plain, found)) == sorted(map(_plain, expected))
    assert account.unreadable == refused


def _plain(row: dict[str, object]) -> str:
    kinds = {name: classify(value) for name, value in row.items()}
    return repr(sorted((n, k.name, v if v == v else t) for n, (k, v, t) in kinds.items() if k.name != "MISSING"))


def test_the_layout_leaves_nothing_out_where_places_are_names():
    assert Layout(Dataset("x"), Expectation(("a", "b"), indexed=True)).positions(2, 1) == (["0", "a", "b"], True)


def keys(records):
    """Return the keys of the rows, in any order."""
    path = Path("a.jsonl")
    path.write_text("\n".join(r.to_json() for r in records), "utf-8")
    scan = Scan(
        duckdb.connect(), Capture(Group("capture", (File(path, "a"),)), Dataset("x"), Expectation()), Dataset("x")
    )
    return sorted(key for batch in scan.batches(()) for key in batch.keys.tolist())


ONE = [replace(merged("1", "a", "0.9"), event_id=f"e{i}") for i in range(4)]
SEVERAL = [replace(merged("1,0", "a\nb", "0.9\n0.2"), event_id=f"s{i}") for i in range(3)]
QUOTED = [replace(merged("1", '"a,b"', "0.9"), event_id=f"q{i}") for i in range(2)]  # for Python to read


def test_a_row_has_its_key_from_its_event_wherever_it_lies_and_whoever_reads_it():
    apart = {*keys(ONE), *keys(SEVERAL), *keys([*ONE, *QUOTED])}
    assert sorted(apart) == keys([*SEVERAL, *ONE[::-1], *QUOTED])
    assert len(apart) == 6 + 4 + 2
