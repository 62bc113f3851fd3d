"""A look sees the first rows of a few files, and only whole ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import numpy as np
import pytest

from kedge.adapters.stores.local import Local
from kedge.domain.dataset import Dataset
from kedge.reading.files import chosen
from kedge.reading.heads import BYTES, FILES, ROWS, Heads

ROW = b"1,abc\n"


def heads(url: str) -> Heads:
    return Heads(Local(), url, chosen(Dataset(url), Local()))


def staged(content: bytes, name: str = "a.csv") -> bytes:
    Path(name).write_bytes(content)
    (entry,) = (store := heads(name)).list(name)
    return store.stage(entry, Path.cwd()).read_bytes()


def test_a_small_file_is_seen_whole():
    Path("a.csv").write_bytes(ROW * 3)
    store = heads("a.csv")
    assert store.stage(store.files[0], Path.cwd()).read_bytes() == ROW * 3
    assert not store.cut


def test_of_a_long_file_the_first_rows_are_seen():
    assert staged(ROW * 10**5) == ROW * ROWS


def test_of_a_packed_file_the_first_rows_are_seen_unpacked():
    noise = "".join(f"{x:.17f}\n" for x in np.random.default_rng(0).random(10**5)).encode()
    assert staged(gzip.compress(noise), "a.csv.gz") == b"".join(noise.splitlines(keepends=True)[:ROWS])


def test_a_row_whose_quoted_field_goes_on_is_not_cut_in_two():
    quoted = b'1,"a\nb"\n'
    assert staged(b"n,c\n" + quoted * ROWS).count(b'"') % 2 == 0


def test_a_quote_that_stays_open_leaves_the_rows_before_it():
    assert staged(ROW * 3 + b'1,"open\n' + ROW * ROWS) == ROW * 3
    assert staged(b'n,"c\n' + ROW * ROWS) == b'n,"c\n'


def test_no_row_is_cut_at_the_end_of_the_head():
    row = b"x" * (BYTES // 3) + b"\n"
    assert staged(row * 9) == row * 2


def test_a_first_line_longer_than_the_head_is_seen_to_its_end():
    row = b"{" + b"x" * (2 * BYTES) + b"}\n"
    assert staged(row, "a.jsonl") == row


def test_of_a_parquet_file_the_first_rows_are_seen_with_their_types():
    duckdb.sql("COPY (SELECT range::USMALLINT AS x FROM range(9999)) TO 'a.parquet'")
    store = heads("a.parquet")
    path = store.stage(store.files[0], Path.cwd())
    found = duckdb.sql(f"SELECT count(*), any_value(typeof(x)) FROM '{path}'").fetchall()
    assert found == [(ROWS, "USMALLINT")]


@pytest.mark.parametrize(("count", "seen"), [(1, 1), (3, 3), (FILES, FILES), (1000, FILES)])
def test_a_few_files_are_seen_the_first_and_the_last_among_them(count, seen):
    for i in range(count):
        Path(f"{i:04d}.csv").write_bytes(ROW)
    files = heads(".").files
    assert (len(files), files[0].url, files[-1].url) == (seen, "0000.csv", f"{count - 1:04d}.csv")


def test_a_file_of_every_variant_is_seen():
    for variant in "abcdef":
        for hour in ("08", "09"):
            folder = Path(f"live/e/{variant}/2024/05/01/{hour}")
            folder.mkdir(parents=True)
            (folder / "a.csv").write_bytes(ROW)
    assert {entry.url.split("/")[2] for entry in heads("live").files} == set("abcdef")
