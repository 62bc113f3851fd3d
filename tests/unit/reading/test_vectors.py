"""A column of vectors comes whole, whatever the format."""

from __future__ import annotations

import json

import numpy as np
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kedge.adapters.engines.local import Local
from kedge.adapters.stores.local import Local as Store
from kedge.domain.dataset import Dataset, Expectation
from kedge.errors import InputError

ROWS = [[0.5, 1.0], None, [0.25, None], [3.0], []]


class Seen:
    def __init__(self):
        self.vectors, self.columns = [], []

    def update(self, batch):
        found = batch.vectors["e"]
        self.vectors += [found.cut(row, row + 1).matrix(size)[0].tolist() for row, size in enumerate(found.sizes)]
        self.columns = list(batch.columns)


def quiet(rows):
    pass


def read(source, **options):
    seen, frame = Seen(), None if isinstance(source, str) else source
    dataset = Dataset(source if frame is None else "frame", unreadable_share=1.0, **options)
    _, reading = Local(Store()).profile(dataset, Expectation(vector="e"), quiet, frame, [seen])
    return seen, reading


def plain(vectors) -> list[list[float | None]]:
    return [[None if np.isnan(value) else value for value in vector] for vector in vectors]


def captured(tmp_path, side):
    lines = []
    for i, row in enumerate(ROWS):
        asked, told = {"text": "a"}, {"y": i}
        (asked if side == "asked" else told)["e"] = row
        sides = {"endpointInput": (asked, "INPUT"), "endpointOutput": (told, "OUTPUT")}
        data = {
            name: {"observedContentType": "application/json", "mode": mode, "data": json.dumps(v), "encoding": "JSON"}
            for name, (v, mode) in sides.items()
        }
        event = {"eventId": f"e{i}", "inferenceTime": "2024-05-01T09:00:00Z"}
        lines.append(json.dumps({"captureData": data, "eventMetadata": event, "eventVersion": "0"}))
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    return str(tmp_path / "c.jsonl")


def json_lines(tmp_path):
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"id": i, "e": row}) + "\n" for i, row in enumerate(ROWS)))
    return str(tmp_path / "a.jsonl")


def csv(tmp_path):
    texts = ["" if row is None else f'"{json.dumps(row)}"' for row in ROWS]
    (tmp_path / "a.csv").write_text("id,e\n" + "".join(f"{i},{text}\n" for i, text in enumerate(texts)))
    return str(tmp_path / "a.csv")


def parquet(tmp_path):
    polars.DataFrame({"id": range(5), "e": ROWS}, strict=False).write_parquet(tmp_path / "a.parquet")
    return str(tmp_path / "a.parquet")


SOURCES = {
    "csv": csv,
    "json lines": json_lines,
    "parquet": parquet,
    "capture, request": lambda path: captured(path, "asked"),
    "capture, response": lambda path: captured(path, "told"),
    "polars": lambda _: polars.DataFrame({"e": ROWS}, strict=False),
    "arrow": lambda _: pa.table({"e": pa.array(ROWS, pa.large_list(pa.float64()))}),
    "pandas": lambda _: pandas.DataFrame({"e": ROWS}),
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_vectors_are_the_same_in_every_format(source, tmp_path):
    seen, reading = read(source(tmp_path))
    assert plain(seen.vectors) == [[0.5, 1.0], [], [0.25, None], [3.0], []]
    assert not any(name.startswith("e") for name in seen.columns)
    assert reading.unreadable == 0


@pytest.mark.parametrize(("kind", "expected"), [(pa.float32(), float(np.float32(0.1))), (pa.float64(), 0.1)])
def test_lists_of_one_size_keep_their_precision(kind, expected):
    table = pa.table({"e": pa.FixedSizeListArray.from_arrays(pa.array([0.1, 2, 3, 4], kind), 2)})
    assert read(table)[0].vectors == [[expected, 2], [3, 4]]


HALVES = pa.array([0.1, 2, 3, None], pa.float32()).cast(pa.float16())
MORE = pa.concat_arrays([HALVES[:1], HALVES])
LISTS = {
    "arrow": lambda: pa.table({"e": pa.ListArray.from_arrays([0, 2, 4], HALVES), "x": ["a", "b"]}),
    "a part of it": lambda: pa.table({"e": pa.ListArray.from_arrays([0, 1, 3, 5], MORE)}).slice(1),
    "of one size": lambda: pa.table({"e": pa.FixedSizeListArray.from_arrays(HALVES, 2)}),
    "polars": lambda: polars.DataFrame({"e": polars.Series([[0.1, 2], [3, None]], dtype=polars.List(polars.Float16))}),
}


@pytest.mark.parametrize("frame", LISTS.values(), ids=LISTS)
def test_half_precision_is_read(frame):
    assert plain(read(frame())[0].vectors) == [[float(np.float16(0.1)), 2], [3, None]]


@pytest.mark.parametrize("stored", [False, True])
def test_numbers_of_half_precision_are_read_in_frames_and_files(tmp_path, stored):
    table = pa.table({"h": HALVES, "s": pa.StructArray.from_arrays([HALVES], ["h"])})
    pq.write_table(table, tmp_path / "a.parquet")
    dataset = Dataset(str(tmp_path / "a.parquet"))
    [profile], _ = Local(Store()).profile(dataset, Expectation(), quiet, None if stored else table)
    assert {name: feature.extremes.max for name, feature in profile.features.items()} == {"h": 3.0, "s.h": 3.0}


def test_lists_of_whole_numbers_are_vectors():
    assert read(pa.table({"e": [[1, 2], [3, 4]]}))[0].vectors == [[1, 2], [3, 4]]


def test_a_vector_with_nan_in_json_is_read(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"e": [NaN, 1]}\n{"e": [2, 3]}\n')
    assert sorted(plain(read(str(tmp_path / "a.jsonl"))[0].vectors), key=str) == [[2.0, 3.0], [None, 1.0]]


def test_text_that_is_no_list_in_csv_is_told_with_its_line(tmp_path):
    (tmp_path / "a.csv").write_text('e,n\n"[1, 2]",1\nblue,2\n')
    _, reading = read(str(tmp_path / "a.csv"))
    assert [(e.line, e.reason) for e in reading.examples] == [(3, "The value is no list of numbers.")]


def test_an_unknown_column_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="no column 'e' that could hold vectors"):
        read(pa.table({"f": [[1.0, 2.0]]}))


def test_many_vectors_are_cut_into_batches_whole():
    rows = np.random.default_rng(0).normal(size=(20_000, 3)).astype(np.float32)
    seen, _ = read(polars.DataFrame({"e": rows}))
    assert np.array_equal(np.array(seen.vectors, np.float32), rows)


def test_a_vector_column_that_nobody_asked_for_is_still_refused():
    with pytest.raises(InputError, match="holds lists"):
        Local(Store()).profile(Dataset("frame"), Expectation(), quiet, pa.table({"e": [[1.0]]}))
