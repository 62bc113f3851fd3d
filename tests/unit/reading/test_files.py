"""Which files are read, what they are taken for, and which window they belong to."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.analysis.profile import Profile
from kedge.analysis.sketches.sample import Sample
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.dataset import Dataset, Expectation
from kedge.domain.window import Window, parse_time
from kedge.errors import InputError, SettingError

RECORD = CaptureRecord("e", "2024-05-01T09:00:00Z", Payload("1,2", "CSV")).to_json()


def profile(url: str, known: Expectation = Expectation(), **options: object) -> Profile:  # noqa: B008 - frozen
    (found,), _ = Engine(Local()).profile(Dataset(url, **options), known, lambda _: None)
    return found


def test_a_folder_of_files_is_one_dataset():
    for name in ("a", "b"):
        Path(f"{name}.csv").write_text("x\n1\n")
    assert profile(".").rows == 2


def test_hidden_files_are_left_alone():
    Path("a.csv").write_text("x\n1\n")
    for name in (".DS_Store", "_SUCCESS", ".b.csv"):
        Path(name).write_text("noise")
    assert profile(".").rows == 1


def test_empty_files_among_others_are_left_alone():
    Path("a.csv").write_text("x\n1\n")
    Path("b.csv").write_text("")
    assert profile(".").rows == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"x,y\r1,\r3,4\r", id="CR"),
        pytest.param(b"x,y\r\n1,\r\n3,4\r\n", id="CR LF"),
        pytest.param(b"x,y\n1,\r\n3,4\r\n", id="a header of another kind"),
        pytest.param(b"x,y\r\n" + b"1,\r\n" * 600_000 + b"3,4\n", id="a last line of another kind"),
    ],
)
def test_lines_may_end_in_any_way(content):
    Path("a.csv").write_bytes(content)
    Path("b.csv.gz").write_bytes(gzip.compress(content))
    for name in ("a.csv", "b.csv.gz"):
        y = profile(name).features["y"].types
        assert (y.integral, y.missing, y.string) == (1, max(1, content.count(b"1,")), 0)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(np.random.default_rng(0).bytes(3_000_000).hex().encode())[:-100], id="cut off"),
        pytest.param(b"x\n1\n", id="not packed"),
    ],
)
def test_a_packed_file_that_is_broken_is_refused_in_words(name, content):
    Path(name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        profile(name)


def test_packed_files_are_read():
    Path("a.csv.gz").write_bytes(gzip.compress(b"x\n1\n2\n"))
    Path("b.jsonl.gz").write_bytes(gzip.compress(RECORD.encode()))
    assert (profile("a.csv.gz").rows, profile("b.jsonl.gz").rows) == (2, 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "x,y\n1,2\n"),
        ("a.tsv", "x\ty\n1\t2\n"),
        ("a.TSV", "x\ty\n1\t2\n"),
        ("a.tsv.out", "x\ty\n1\t2\n"),
        ("a.jsonl", '{"x": 1, "y": 2}'),
        ("a.ndjson", '{"x": 1, "y": 2}'),
    ],
)
def test_the_format_is_told_by_the_name(name, content):
    Path(name).write_text(content)
    assert [(n, f.moments.mean) for n, f in profile(name).features.items()] == [("x", 1), ("y", 2)]


def test_a_name_without_an_ending_is_told_by_its_content():
    Path("capture").write_text(RECORD)
    assert list(profile("capture").features) == ["_c0", "_c1"]


def test_a_format_that_is_said_is_taken():
    Path("data.txt").write_text("x\n1\n")
    assert profile("data.txt", format="csv").rows == 1


def test_columns_without_a_header_take_the_names_of_the_baseline():
    Path("a.csv").write_text("1,2,3\n")
    assert list(profile("a.csv", Expectation(("x", "y")), header=False).features) == ["x", "y", "_c2"]


def test_every_rejected_line_is_counted_however_many_there_are():
    Path("a.csv").write_text("x,y\n" + "1,2\n1,2,3,4\n" * 110_000)
    (found,), reading = Engine(Local()).profile(Dataset("a.csv", unreadable_share=1), Expectation(), lambda _: None)
    assert (found.rows, reading.unreadable, len(reading.examples)) == (110_000, 110_000, 10)


def test_a_byte_order_mark_is_no_part_of_a_name():
    Path("a.csv").write_bytes(b"\xef\xbb\xbfx,y\n1,2\n")
    assert list(profile("a.csv").features) == ["x", "y"]


def test_lines_may_end_as_on_windows():
    Path("a.csv").write_bytes(b"x,c\r\n1,a\r\n2,b\r\n")
    assert profile("a.csv").features["c"].categories.counts == {"a": 1, "b": 1}


def test_a_carriage_return_in_quotes_is_part_of_its_text():
    Path("a.csv").write_bytes(b'x,c\r\n1,"a\rb\n""c\r"\n2,b\n')
    assert profile("a.csv").features["c"].categories.counts == {'a\rb\n"c\r': 1, "b": 1}


def test_nested_parquet_columns_are_flattened_to_dotted_names():
    duckdb.sql("COPY (SELECT {'age': 41, 'name': {'first': 'Ada'}} AS person) TO 'a.parquet'")
    assert list(profile("a.parquet").features) == ["person.age", "person.name.first"]


def test_a_column_that_turns_out_to_hold_texts_late_is_counted_from_its_start():
    Path("a.csv").write_text("x\n" + "1\n" * 30_000 + "2+\n")
    found = profile("a.csv").features["x"]
    assert (found.types.inferred_type, found.categories.counts) == ("String", {"1": 30_000, "2+": 1})


def test_a_typed_column_is_counted_as_texts_where_the_baseline_has_texts():
    pl.DataFrame({"zip": [12345, 12345, 67890]}).write_parquet("a.parquet")
    found = profile("a.parquet", Expectation(("zip",), frozenset({"zip"})))
    assert found.features["zip"].categories.counts == {"12345": 2, "67890": 1}


def test_numbers_of_typed_files_keep_their_kind():
    pl.DataFrame({"i": [1, 2], "f": [1.0, 2.0], "b": [True, None]}).write_parquet("a.parquet")
    found = profile("a.parquet").features
    assert (found["i"].types.integral, found["f"].types.fractional, found["b"].types.boolean) == (2, 2, 1)


def _hours(*hours: int) -> None:
    for hour in hours:
        folder = Path(f"live/fraud/blue/2024/05/01/{hour:02d}")
        folder.mkdir(parents=True)
        record = CaptureRecord("e", f"2024-05-01T{hour:02d}:30:00Z", Payload("1", "CSV"))
        (folder / "00-00-000-x.jsonl").write_text(record.to_json())


def _window(start: str, end: str) -> Window:
    return Window(parse_time(start), parse_time(end))


def test_a_window_chooses_its_hour_folders():
    _hours(8, 9, 10)
    found = profile("live", window=_window("2024-05-01T09:00", "2024-05-01T10:00"))
    assert (found.rows, found.endpoint, found.variant) == (1, "fraud", "blue")


def test_a_record_in_the_folder_of_the_next_hour_is_found():
    Path("live/fraud/blue/2024/05/01/10").mkdir(parents=True)
    Path("live/fraud/blue/2024/05/01/10/00-02-000-x.jsonl").write_text(RECORD)
    assert profile("live", window=_window("2024-05-01T09:00", "2024-05-01T10:00")).rows == 1


def _csv_hours(*hours: int) -> None:
    for hour in hours:
        Path(f"live/2024/05/01/{hour:02d}").mkdir(parents=True)
        Path(f"live/2024/05/01/{hour:02d}/a.csv").write_text(f"x\n{hour}\n")


@pytest.mark.parametrize("format", [None, "csv"])
def test_windows_side_by_side_share_no_row_of_files_whose_rows_know_no_time(format):
    _csv_hours(8, 9, 10)
    windows = [_window("2024-05-01T08:00", "2024-05-01T09:30"), _window("2024-05-01T09:30", "2024-05-01T10:30")]
    found = [profile("live", window=w, format=format).features["x"] for w in windows]
    assert [(f.extremes.min, f.extremes.max) for f in found] == [(8, 9), (10, 10)]


def test_json_lines_of_the_next_hour_are_no_late_records():
    _csv_hours(9, 10)
    for file in Path("live").rglob("*.csv"):
        file.with_suffix(".jsonl").write_text('{"x": 1}')
        file.unlink()
    assert profile("live", window=_window("2024-05-01T09:00", "2024-05-01T10:00")).rows == 1


def test_variants_stay_apart_where_the_endpoint_is_the_present_folder(monkeypatch):
    _hours(8)
    Path("live/fraud/green").mkdir()
    Path("live/fraud/blue/2024").rename("live/fraud/green/2024")
    _hours(9)
    monkeypatch.chdir("live/fraud")
    found, _ = Engine(Local()).profile(Dataset("."), Expectation(), lambda _: None)
    assert [p.variant for p in found] == ["blue", "green"]


def test_a_gzip_file_without_the_ending_is_refused_with_the_name_it_needs():
    Path("a.csv").write_bytes(gzip.compress(b"x\n1\n"))
    with pytest.raises(InputError, match=r"a\.csv: .*gzip.*a\.csv\.gz"):
        profile("a.csv")


@pytest.mark.parametrize("name", ["a.csv.zst", "a.jsonl.bz2", "a.zip"])
def test_a_packed_file_that_cannot_be_unpacked_is_refused_by_name(name):
    Path(name).write_bytes(b"\x28\xb5\x2f\xfd")
    with pytest.raises(InputError, match=rf"{name}: .*gzip"):
        profile(name)


def test_without_a_window_the_hour_folders_give_it():
    _hours(8, 11)
    assert profile("live").window == _window("2024-05-01T08:00", "2024-05-01T12:00")


def test_a_window_without_folders_says_which_there_are():
    _hours(8, 9)
    with pytest.raises(InputError, match="reach from 2024-05-01 08:00 to 2024-05-01 09:00"):
        profile("live", window=_window("2025-01-01T00:00", "2025-01-01T01:00"))


def test_a_window_of_files_that_know_no_time_is_refused():
    Path("a.csv").write_text("x\n1\n")
    with pytest.raises(SettingError, match="csv files know no time"):
        profile("a.csv", window=_window("2024-05-01T09:00", "2024-05-01T10:00"))


def test_profiles_are_the_same_bytes_every_time():
    pl.DataFrame({"x": range(300_000), "c": ["a", "b", "c"] * 100_000}).write_parquet("a.parquet")
    assert profile("a.parquet").to_json() == profile("a.parquet").to_json()


def test_no_rows_are_kept_where_the_sample_is_off():
    Path("a.csv").write_text("x\n1\n2\n")
    engine = Engine(Local(), Profile(sample=Sample(size=0)))
    (found,), _ = engine.profile(Dataset("a.csv"), Expectation(), lambda _: None)
    assert found.sample.rows == ()
