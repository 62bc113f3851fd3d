"""Capture records: SQL and the Python reference read the same rows, whatever stands in the payloads."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.analysis.batch import Batch
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.dataset import Dataset, Expectation
from kedge.errors import InputError, SettingError
from kedge.reading.capture import Capture
from kedge.reading.files import File, Group
from kedge.reading.payload import Layout
from kedge.reading.rows import classify
from kedge.reading.scan import Scan

TIME = "2024-05-01T09:00:00Z"


def record(asked: str | None, told: str | None, encoding: str = "CSV", event: str = "e") -> CaptureRecord:
    sides = [None if data is None else Payload(data, encoding) for data in (asked, told)]
    return CaptureRecord(event, TIME, *sides)


@cache
def database() -> duckdb.DuckDBPyConnection:
    """One for every example, each of which has a connection of its own to it: opening one takes longer than reading."""
    return duckdb.connect()


def scan(lines: list[str], dataset: Dataset, expectation: Expectation) -> tuple[list[Batch], Scan, Capture]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.jsonl")
        path.write_text("\n".join(lines), "utf-8")
        reader = Capture(Group("capture", (File(path, str(path)),)), dataset, expectation)
        scan = Scan(database().cursor().execute("SET TimeZone = 'UTC'"), reader, dataset)
        batches = list(scan.batches(scan.texts()))
        scan.last = scan.account(sum(map(len, batches)))
    return batches, scan, reader


def rows(
    records: list[CaptureRecord], names: tuple[str, ...] = (), **options: object
) -> list[dict[str, float | str | None]]:
    batches, _, _ = scan([r.to_json() for r in records], Dataset("x", **options), Expectation(names))
    return [{n: c.value(i) for n, c in batch.columns.items()} for batch in batches for i in range(len(batch))]


def test_output_columns_stand_before_input_columns():
    found = rows([record("41,0.5,blue", "0.873\n")], ("score", "age", "dose", "colour"))
    assert found == [{"score": 0.873, "age": 41, "dose": 0.5, "colour": "blue"}]


def test_output_columns_stand_last_where_the_dataset_says_so():
    found = rows([record("41,0.5", "0.9")], ("age", "dose", "score"), output_columns_position="END")
    assert found == [{"age": 41, "dose": 0.5, "score": 0.9}]


def test_a_request_that_has_all_columns_of_the_baseline_leaves_the_prediction_out():
    assert rows([record("41,0.5", "0.9")], ("age", "dose")) == [{"age": 41, "dose": 0.5}]


@pytest.mark.parametrize(
    ("asked", "told", "position", "expected"),
    [
        ("1,2", None, "START", {"a": 1, "b": 2}),
        ("1,2", None, "END", {"y": 1, "a": 2}),
        (None, "1", "START", {"y": 1}),
        (None, "1", "END", {"b": 1}),
    ],
)
@pytest.mark.parametrize("encoding", ["CSV", "JSON"])
def test_a_side_that_was_captured_alone_takes_its_own_end_of_the_names(asked, told, position, expected, encoding):
    asked, told = (side and (f"[[{side}]]" if encoding == "JSON" else side) for side in (asked, told))
    alone, data = record(asked, told, encoding), Dataset("x", output_columns_position=position)
    batches, found, _ = scan([alone.to_json()], data, Expectation(("y", "a", "b")))
    assert {name: column.value(0) for name, column in batches[-1].columns.items()} == expected
    assert "alone was captured, so it takes" in found.last.notes[0]


def test_the_service_gives_the_first_names_to_a_request_that_was_captured_alone():
    known = Expectation(("y", "a", "b"), shift=True)
    (batch,), found, _ = scan([record("1,2", None).to_json()], Dataset("x"), known)
    assert (list(batch.columns), found.last.notes) == (["y", "a"], [])


def test_the_service_shifts_the_prediction_in_all_the_same():
    batches, _, _ = scan([record("41,0.5", "0.9").to_json()], Dataset("x"), Expectation(("age", "dose"), shift=True))
    assert list(batches[0].columns) == ["age", "dose", "_c2"]


def test_lines_of_the_response_pair_with_lines_of_the_request():
    found = rows([record("1,a\n2,b\n", "0.1\n0.2\n")], ("y", "x", "c"))
    assert found == [{"y": 0.1, "x": 1, "c": "a"}, {"y": 0.2, "x": 2, "c": "b"}]


ANSWER = '{"predictions": [0.5, 0.25]}'
SPLIT = '{"dataframe_split": %s}'


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (SPLIT % '{"columns": ["p"], "data": [[1, 2], [3, 4]]}', "dataframe_split has 1 columns, and a row of 2"),
        (SPLIT % '{"columns": "p", "data": 5}', "dataframe_split is not an object of two lists"),
        (SPLIT % '{"data": [1, 2]}', "dataframe_split is not an object of two lists"),
    ],
)
def test_a_broken_dataframe_split_is_refused_in_words(asked, reason):
    _, found, _ = scan([record(asked, ANSWER, "JSON").to_json()], Dataset("x"), Expectation(("y", "p", "q")))
    assert f"captureData.endpointInput.data: The {reason}" in found.last.examples[0].reason


def test_a_dataframe_split_without_names_takes_those_of_the_baseline():
    found = rows([record(SPLIT % '{"data": [[1, 2], [3, 4]]}', ANSWER, "JSON")], ("y", "p", "q"))
    assert found == [{"y": 0.5, "p": 1, "q": 2}, {"y": 0.25, "p": 3, "q": 4}]


def test_a_list_of_another_width_shifts_no_column():
    lines = [record('{"instances": [[1, 2]]}', "[0.5]", "JSON", event=str(i)).to_json() for i in range(3)]
    wide = record('{"instances": [[1, 2, 3]]}', "[0.5]", "JSON", event="wide").to_json()
    _, found, _ = scan([*lines, wide], Dataset("x"), Expectation(("y", "p", "q")))
    assert "The row has 4 fields" in found.last.examples[0].reason


def test_a_response_of_several_lines_to_one_row_is_one_row_of_them():
    found = rows([record("1,a", "0.1\n0.2\n0.7\n", event=str(i)) for i in range(2)], ("p", "q", "r", "x", "c"))
    assert found == [{"p": 0.1, "q": 0.2, "r": 0.7, "x": 1, "c": "a"}] * 2


def test_a_row_is_as_wide_as_its_fields_are_many_whatever_they_quote():
    found = rows([record(f'{i},"Doe, ""J."", Jr."', '"[0.2, 0.8]"') for i in range(9)], ("scores", "id", "name"))
    assert found[8] == {"scores": "[0.2, 0.8]", "id": 8, "name": 'Doe, "J.", Jr.'}


def test_quoted_fields_keep_their_commas_quotes_and_newlines():
    found = rows([record("1,a", "0"), record('2,"b, ""c""\nd"', "0")], ("y", "x", "c"))
    assert found[-1] == {"y": 0, "x": 2, "c": 'b, "c"\nd'}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ('{"instances": [[1, 2], [3, 4]]}', '{"predictions": [0.5, 0.25]}'),
        ('{"inputs": [[1, 2], [3, 4]]}', '{"outputs": [[0.5], [0.25]]}'),
        ("[[1, 2], [3, 4]]", "[0.5, 0.25]"),
        (
            '{"dataframe_split": {"columns": ["p", "q"], "data": [[1, 2], [3, 4]]}}',
            '{"predictions": [0.5, 0.25]}',
        ),
        ('{"dataframe_records": [{"p": 1, "q": 2}, {"p": 3, "q": 4}]}', '{"predictions": [0.5, 0.25]}'),
        ('{"p": 1, "q": 2}\n{"p": 3, "q": 4}', '{"y": 0.5}\n{"y": 0.25}'),
    ],
)
def test_a_list_of_rows_becomes_one_row_an_element(asked, told):
    found = rows([record(asked, told, "JSON")], ("y", "p", "q"))
    assert found == [{"y": 0.5, "p": 1, "q": 2}, {"y": 0.25, "p": 3, "q": 4}]


def test_a_jmespath_setting_finds_the_rows():
    asked = json.dumps({"batch": {"items": [{"f": [1, 2]}, {"f": [3, 4]}]}})
    found = rows([record(asked, "[0.5, 0.25]", "JSON")], ("y", "p", "q"), input_rows="batch.items[].f")
    assert [row["p"] for row in found] == [1, 3]


@pytest.mark.parametrize("option", ["input_rows", "output_rows"])
def test_a_broken_jmespath_names_its_option(option):
    with pytest.raises(SettingError, match=f"--{option.replace('_', '-')}: .*JMESPath.*column 7"):
        rows([record('{"a": 1}', "{}", "JSON")], **{option: "items[]]"})


@pytest.mark.parametrize("path", ["keys(a)", "items", "a"])
def test_a_jmespath_that_finds_no_rows_in_a_record_makes_it_unreadable(path):
    data = Dataset("x", input_rows=path)
    _, found, _ = scan([record('{"a": null}', "{}", "JSON").to_json()], data, Expectation())
    assert found.last.examples[0].reason.startswith(f"captureData.endpointInput.data: The JMESPath {path!r} finds no")


def test_nested_json_is_flattened_to_dotted_names():
    asked = '{"user": {"age": 41, "tags": ["a", "b"]}}'
    found = rows([record(asked, '{"score": 0.5}', "JSON")])
    assert found == [{"user.age": 41, "user.tags.0": "a", "user.tags.1": "b", "score": 0.5}]


def test_json_numbers_that_are_none_are_missing_or_infinite_and_texts_stay_texts():
    found = rows([record('{"a": NaN, "b": -Infinity, "c": "NaN", "d": "note: info"}', "{}", "JSON")])
    assert found == [{"a": None, "b": -math.inf, "c": "NaN", "d": "note: info"}]


def test_a_spelling_of_nan_that_only_some_parsers_know_is_not_json():
    lines = [record(f'{{"a": {a}}}', "{}", "JSON", event=a).to_json() for a in ("1", "nan")]
    _, found, _ = scan(lines, Dataset("x"), Expectation())
    assert [(e.line, "The payload is not JSON" in e.reason) for e in found.last.examples] == [(2, True)]


def test_a_key_that_appears_late_is_a_column_all_the_same():
    records = [record('{"a": 1}', "{}", "JSON")] * 3000 + [record('{"a": 1, "new": 2}', "{}", "JSON")]
    assert any("new" in row for row in rows(records))


def test_records_outside_the_window_are_left_out():
    from kedge.domain.window import Window, parse_time

    window = Window(parse_time("2024-05-01T09:00:00Z"), parse_time("2024-05-01T10:00:00Z"))
    late = CaptureRecord("l", "2024-05-01T10:00:00Z", Payload("2", "CSV"))
    odd = CaptureRecord("o", "2024-05-01T08:59:59Z", Payload('"3"', "CSV"))
    found = rows([CaptureRecord("i", TIME, Payload("1", "CSV")), late, odd], window=window)
    assert found == [{"_c0": 1}]


def test_every_unreadable_record_is_counted_and_shown_with_its_line():
    lines = [record("1,2", "0", event="good").to_json(), "not json", '{"captureData": {}}']
    lines += [record("1,2,3", "0", event="wide").to_json(), record("1,2", '{"a": 1}', event="torn").to_json()]
    _, found, _ = scan([lines[0], *lines], Dataset("x"), Expectation())
    assert [(e.line, e.reason.split(":")[0]) for e in found.last.examples] == [
        (3, "not JSON (Expecting value"),
        (4, "eventMetadata"),
        (5, "captureData.endpointInput.data"),
    ]


def test_payloads_whose_encodings_disagree_say_so_in_the_words_of_the_service():
    torn = CaptureRecord("t", TIME, Payload("1", "CSV"), Payload("{}", "JSON"))
    _, found, _ = scan([torn.to_json()], Dataset("x"), Expectation())
    assert (
        "Encoding mismatch: Encoding is CSV for endpointInput, but Encoding is JSON for endpointOutput"
        in found.last.examples[0].reason
    )


CELLS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5),
    st.sampled_from(["", "true", "false", "NaN", "inf", ".5", "5.", "1e5", "- 5", " 7", "+1", "1e999", "0x10", "1_0"]),
)
WORDS = ["NaN", "Infinity", "nan", "x: nan, y", "information"]
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3).map(",".join), min_size=1, max_size=3).map("\n".join)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=4), st.sampled_from(WORDS)
)
OBJECTS = st.dictionaries(
    st.sampled_from(["a", "b", "c.d", 'q"t', "é"]),
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("k"), inner), max_leaves=3
    ),
    max_size=3,
).map(json.dumps)
RECORDS = st.one_of(
    st.builds(record, st.just("1,2,3"), st.lists(CELLS, min_size=1, max_size=3).map("\n".join)),
    st.builds(record, ROWS | st.none() | st.text(max_size=20), ROWS | st.none() | st.just("0.5\n")),
    st.builds(record, OBJECTS | st.none() | st.text(max_size=20), OBJECTS | st.none(), st.just("JSON")),
    st.builds(record, ROWS, OBJECTS, st.sampled_from(["CSV", "JSON", "BASE64", ""])),
)


def _plain(row: dict[str, object]) -> dict[str, object]:
    """A row as its kinds and values, missing ones left out."""
    found = {name: classify(value) for name, value in row.items()}
    return {n: (k.name, v if not math.isnan(v) else t) for n, (k, v, t) in found.items() if k.name != "MISSING"}


@settings(max_examples=150)
@given(st.lists(RECORDS, min_size=1, max_size=6), st.sampled_from(["START", "END"]), st.integers(0, 5), st.booleans())
def test_sql_reads_what_the_python_reference_reads(records, position, names, shift):
    known = Expectation(tuple("yabcd"[:names]), shift=shift)
    assert_both_read_the_same(records, Dataset("x", output_columns_position=position), known)


# So many records alike make the sample: SQL takes what looks like them the short way, and nothing else.
ODD_FIELDS = ["5.", ".5", "1e5", "1.5E-3", "007", "-0", "+1", "1e999", "-1e999", "1_0", "0x10", "9" * 30]
ODD_FIELDS += ["NaN", "inf", "true", "1.5.2", " 7", "- 5", "", "1.5 "]
ODD_VALUES = ["1e5", "1E2", "1e-7", "-0", "-0.0", "2", "1.50", "1e25", "1e-400", "9" * 30]
ODD_VALUES += ["null", "true", "[]", "{}", '"2"', '"1e5"', '"a,b"', '""', '"\\u00e9"']


@pytest.mark.parametrize("place", range(3))
def test_fields_that_only_look_like_the_usual_ones_are_read_as_the_reference_reads_them(place):
    fields = [["1.5", "2", "blue"] for _ in ODD_FIELDS]
    for row, odd in zip(fields, ODD_FIELDS, strict=True):
        row[place] = odd
    assert_both_read_the_same([record(",".join(row), "0.5\n") for row in [["1.5", "2", "blue"]] * 400 + fields])


@pytest.mark.parametrize("place", range(3))
def test_values_that_only_look_like_the_usual_ones_are_read_as_the_reference_reads_them(place):
    values = [["1.5", "2", '"blue"'] for _ in ODD_VALUES]
    for row, odd in zip(values, ODD_VALUES, strict=True):
        row[place] = odd
    rows = [["1.5", "2", '"blue"']] * 400 + values
    asked = (f'{{"a": {a}, "b": {b}, "c": {c}}}' for a, b, c in rows)
    assert_both_read_the_same([record(row, '{"score":0.5}', "JSON") for row in asked])


def assert_both_read_the_same(records, data=Dataset("x"), known=Expectation()):  # noqa: B008 - they are frozen
    records = [CaptureRecord(str(i), TIME, r.input, r.output) for i, r in enumerate(records)]
    batches, found, reader = scan([r.to_json() for r in records], data, known)
    expected, refused = [], 0
    for r in records:
        try:
            expected += reader._layout.rows(r)
        except InputError:
            refused += 1
    read = [_columns_at(batch, i) for batch in batches for i in range(len(batch))]
    assert sorted(map(repr, map(sorted_items, read))) == sorted(map(repr, map(sorted_items, map(_plain, expected))))
    assert found.last.unreadable == refused


def _columns_at(batch: Batch, row: int) -> dict[str, object]:
    from kedge.analysis.batch import Kind

    found = {}
    for name, column in batch.columns.items():
        kind = Kind(column.kinds[row])
        if kind in (Kind.INTEGRAL, Kind.FRACTIONAL):
            found[name] = (kind.name, float(column.numbers[row]))
        elif kind != Kind.MISSING:
            found[name] = (kind.name, column.value(row))
    return found


def sorted_items(row: dict[str, object]) -> list[tuple[str, object]]:
    return sorted(row.items())


@settings(max_examples=100)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda t: t.encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused_in_words(noise):
    good = record("1,2", "0").to_json().encode()
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.jsonl")
        path.write_bytes(good + b"\n" + noise)
        reader = Capture(Group("capture", (File(path, str(path)),)), Dataset("x"), Expectation())
        found = Scan(database().cursor(), reader, Dataset("x"))
        assert sum(map(len, found.batches(frozenset()))) >= 1
        assert all(example.reason for example in found.account(1).examples)


def test_the_layout_names_columns_beyond_the_baseline_by_their_place():
    assert Layout(Dataset("x"), Expectation(("a",))).positions(2, 1) == (["a", "_c1", "_c2"], True)
