"""The join of captures with their labels: held against a join in plain Python, and case by case."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import duckdb
import numpy as np
import pytest

from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.domain.dataset import Dataset, Expectation
from kedge.domain.ground_truth import Truth
from kedge.domain.window import Window, parse_time
from kedge.errors import InputError, SettingError
from kedge.reading.files import variant

HOUR = "2024/05/01/09"
WINDOW = Window(parse_time("2024-05-01T09:00"), parse_time("2024-05-01T11:00"))


def write(path: str, lines: list[str]) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text("".join(f"{line}\n" for line in lines), "utf-8")


def capture(event: str, time: str = "2024-05-01T09:30:00Z", inference: str | None = None, asked: str = "1") -> str:
    return CaptureRecord(event, time, Payload(asked, "CSV"), Payload("0.5\n", "CSV"), inference).to_json()


def label(key: object, data: object = "1", **metadata: object) -> str:
    truth = {"data": data, "encoding": "CSV"}
    return json.dumps({"groundTruthData": truth, "eventMetadata": {"eventId": key, **metadata}, "eventVersion": "0"})


def captures(*lines: str, hour: str = HOUR, name: str = "00-00-000-a.jsonl") -> None:
    write(f"live/e/v/{hour}/{name}", list(lines))


def labels(*lines: str, hour: str = HOUR, name: str = "3000.jsonl") -> None:
    write(f"labels/{hour}/{name}", list(lines))


def join(id: str | None = None, engine: Engine = Engine(Local()), progress=lambda _: None, **options: object):  # noqa: B008
    return engine.join(Dataset("live", **options), Truth("labels", id), Path("out"), progress)


def records(kind: str = "merge") -> list[dict]:
    paths = sorted(Path("out", kind).rglob("*.jsonl"))
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]


def test_a_merged_record_is_that_of_the_service():
    captures(capture("0d6a2f0e", inference="order-17"))
    labels(label("order-17"))
    joined = join()
    (path,) = Path("out").rglob("*.jsonl")
    assert path.parent == Path("out/merge/e/v", HOUR)
    assert path.read_text() == (
        '{"eventVersion":"0","groundTruthData":{"data":"1","encoding":"CSV"},"captureData":{"endpointInput":'
        '{"observedContentType":"","mode":"INPUT","data":"1","encoding":"CSV"},"endpointOutput":{"observedContentType":'
        '"","mode":"OUTPUT","data":"0.5\\n","encoding":"CSV"}},"eventMetadata":{"eventId":"0d6a2f0e",'
        '"inferenceId":"order-17","inferenceTime":"2024-05-01T09:30:00Z"}}\n'
    )
    assert (joined.captures.rows, joined.labelled, joined.orphans) == (1, 1, 0)


def test_every_capture_of_a_key_joins():
    captures(*(capture(str(i), inference="a", asked=str(i)) for i in range(3)))
    labels(label("a"))
    assert (join().labelled, len(records())) == (3, 3)


def test_files_that_are_read_apart_are_parts(monkeypatch):
    monkeypatch.setattr("kedge.reading.sections.SECTION_BYTES", 1)
    captures(capture("a"))
    captures(capture("b"), name="01-00-000-b.jsonl")
    labels(label("a"), label("b"))
    join()
    assert sorted(path.name[:10] for path in Path("out").rglob("*.jsonl")) == ["part-00000", "part-00001"]


def test_captures_without_a_label_stay_capture_records():
    captures(capture("a"), capture("b"))
    labels(label("a"))
    joined = join()
    assert [r["eventMetadata"]["eventId"] for r in records("unlabelled")] == ["b"]
    assert (joined.unlabelled, joined.unlabelled_keys) == (1, ("b",))
    assert "groundTruthData" not in records("unlabelled")[0]


def test_the_last_label_uploaded_counts_and_all_are_kept():
    captures(capture("a"), capture("b"))
    labels(label("a", "0"), label("b"), hour="2024/05/02/00")
    labels(label("a", "1"), label("b"), hour="2024/05/03/00", name="12-26-957-x.jsonl")
    joined = join()
    assert [r["groundTruthData"]["data"] for r in records()] == ["1", "1"]
    assert (joined.corrected, joined.repeated, joined.truth.rows) == (1, 1, 4)
    assert json.loads(Path("out/corrections.jsonl").read_text()) == {
        "key": "a",
        "labels": [
            {"data": "0", "encoding": "CSV", "time": "2024-05-02T00:30:00Z"}
            | {"file": "labels/2024/05/02/00/3000.jsonl", "counts": False},
            {"data": "1", "encoding": "CSV", "time": "2024-05-03T00:12:26Z"}
            | {"file": "labels/2024/05/03/00/12-26-957-x.jsonl", "counts": True},
        ],
    }


def test_without_a_correction_there_is_no_file_of_them():
    captures(capture("a"))
    labels(label("a"), label("a"))
    assert join().repeated == 1
    assert not Path("out/corrections.jsonl").exists()
    assert not Path("out/unlabelled").exists()


def test_captures_are_of_the_window_by_their_times():
    times = ["2024-05-01T08:59:59Z", "2024-05-01T09:00:00Z", "2024-05-01T10:59:59Z", "2024-05-01T11:00:00Z"]
    captures(*(capture(str(i), time) for i, time in enumerate(times)))
    labels(*(label(str(i)) for i in range(4)))
    joined = join(window=WINDOW)
    assert [p.parent.name for p in sorted(Path("out/merge").rglob("*.jsonl"))] == ["09", "10"]
    assert (joined.captures.rows, joined.orphans, joined.orphan_keys) == (2, 2, ("0", "3"))


@pytest.mark.parametrize("time", ["infinity", "29999-01-01T00:00:00Z", "1969-12-31T23:00:00Z", "", "noon"])
def test_a_time_that_is_none_leaves_the_hour_of_the_folder(time):
    captures(capture("a", time))
    labels(label("a", uploadTime=time))
    joined = join()
    assert [path.parent for path in Path("out").rglob("*.jsonl")] == [Path("out/merge/e/v", HOUR)]
    assert joined.age_p50 == 1800


def test_labels_are_looked_for_from_the_windows_first_hour_on():
    captures(capture("a"))
    labels(label("a", "0"), hour="2024/05/01/08")
    labels(label("a", "1"), hour="2024/06/30/23")
    join(window=WINDOW)
    assert records()[0]["groundTruthData"]["data"] == "1"


@pytest.mark.parametrize(
    ("hour", "name", "time", "age"),
    [
        (HOUR, "4500.jsonl", {}, 900),
        (HOUR, "batch.jsonl", {}, 0),
        ("2024/05/02/09", "31-00-000-a.jsonl", {}, 86_460),
        ("2024/05/02/09", "9999.jsonl.gz", {}, 84_600),
        (HOUR, "4500.jsonl", {"uploadTime": "2024-05-01T10:30:00.5Z"}, 3600),
        ("", "all.jsonl", {}, None),
    ],
)
def test_the_age_of_a_label_is_told_by_what_is_known_of_its_upload(hour, name, time, age):
    captures(capture("a"))
    if name.endswith(".gz"):
        Path("labels", hour).mkdir(parents=True)
        Path("labels", hour, name).write_bytes(gzip.compress(label("a").encode()))
    else:
        labels(label("a", **time), hour=hour, name=name)
    joined = join()
    assert (joined.age_p50, joined.age_p90) == (age, age)


def test_broken_label_lines_are_counted_and_shown():
    captures(capture("a"))
    labels(label("a"), "", "{", '{"eventMetadata": {}}', label(None), label("b", None), label("c").replace("CSV", "X"))
    joined = join(unreadable_share=0.9)
    assert joined.truth.unreadable == 5
    assert [(e.line, e.reason.split(":")[0]) for e in joined.truth.examples] == [
        (3, "not JSON (Expecting property name enclosed in double quotes"),
        (4, "groundTruthData"),
        (5, "eventMetadata.eventId"),
        (6, "groundTruthData.data"),
        (7, "groundTruthData.encoding"),
    ]


def test_too_many_broken_lines_end_the_run():
    captures(capture("a"))
    labels(label("a"), "{")
    with pytest.raises(InputError, match=r"labels: 1 of 2 records cannot be read \(50.0%\).*3000.jsonl:2: not JSON"):
        join()


def test_broken_captures_are_counted_and_shown():
    captures(capture("a"), "{", capture("b", "noon"))
    labels(label("a"))
    joined = join(unreadable_share=0.9, window=WINDOW)
    assert [(e.line, e.reason[:8]) for e in joined.captures.examples] == [(2, "not JSON"), (3, "'noon' i")]
    assert (joined.captures.rows, joined.captures.unreadable) == (1, 2)


def test_labels_that_are_no_ground_truth_say_how_they_become_it():
    captures(capture("a"))
    write("labels/labels.csv", ["order_id,label", "a,1"])
    with pytest.raises(InputError, match=r"labels.csv:1: There is no ground-truth record.*kedge ground-truth upload"):
        join()


def test_nothing_that_joins_is_an_error_with_a_key_of_each_side():
    captures(capture("0d6a2f0e"))
    labels(label("order-17"))
    with pytest.raises(InputError, match=r"example, '0d6a2f0e', and the labels 'order-17'. Send an inference id"):
        join()


def test_no_label_since_the_window_is_an_error():
    captures(capture("a"))
    labels(label("a"), hour="2024/05/01/08")
    with pytest.raises(InputError, match="no labels since the window starts; the last folder is 2024-05-01 08:00 UTC"):
        join(window=WINDOW)


def test_no_capture_in_the_window_is_said_in_the_words_of_the_service():
    captures(capture("a", "2024-05-01T11:00:00Z"))
    labels(label("a"))
    with pytest.raises(InputError, match="Job inputs had no data"):
        join(window=WINDOW)


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_rows_with_an_id_join_as_responses(format):
    Path("live").mkdir()
    sql = "SELECT 'k' || range AS order_id, range AS score, if(range < 2, 'a \"b\"', NULL) AS kind FROM range(3)"
    copied = {"csv": "FORMAT csv", "jsonl": "FORMAT json", "parquet": "FORMAT parquet"}[format]
    duckdb.execute(f"COPY ({sql}) TO 'live/rows.{format}' ({copied})")
    labels(label("k1", 7), label("k2", 8))
    joined = join("order_id")
    told = [json.loads(r["captureData"]["endpointOutput"]["data"]) for r in records()]
    assert [(int(row["score"]), row["kind"]) for row in told] == [(1, 'a "b"'), (2, None)]
    assert [r["eventMetadata"] for r in records()] == [{"eventId": "k1"}, {"eventId": "k2"}]
    assert joined.unlabelled_keys == ("k0",)


def test_rows_that_joined_are_read_as_their_columns():
    write("live/rows.csv", ["id,score,kind", "a,0.5,x", "b,0.25,"])
    labels(label("a", 1), label("b", 0))
    join("id")
    (profile,), _ = Engine(Local()).profile(Dataset("out/merge"), Expectation(), lambda _: None)
    assert {n: f.moments.sum for n, f in profile.features.items() if f.moments.count} == {
        "score": 0.75,
        "groundTruthData": 1,
    }


@pytest.mark.parametrize("row", ['{"order.id": "a"}', '{"order": {"id": "a"}}'])
def test_the_id_of_a_row_may_be_a_dotted_name(row):
    write("live/rows.jsonl", [row, "[]"])
    labels(label("a"))
    joined = join("order.id", unreadable_share=0.5)
    assert (joined.labelled, joined.captures.examples[0].line) == (1, 2)


def test_a_row_that_cannot_be_read_is_counted():
    write("live/rows.csv", ["id,score", "a,0.5", "b"])
    labels(label("a"))
    joined = join("id", unreadable_share=0.5)
    assert (joined.captures.rows, joined.captures.unreadable, joined.captures.examples[0].line) == (1, 1, 3)


def test_lists_in_rows_are_refused_by_name_unless_left_out():
    Path("live").mkdir()
    duckdb.execute("COPY (SELECT 'a' AS id, [1, 2] AS tags, 'NaN'::DOUBLE AS x) TO 'live/rows.parquet'")
    labels(label("a"))
    with pytest.raises(InputError, match="live: tags: The column holds lists"):
        join("id")
    assert join("id", exclude=("tags",)).labelled == 1


def test_rows_without_a_named_id_are_refused():
    write("live/rows.csv", ["id,score", "a,0.5"])
    labels(label("a"))
    with pytest.raises(SettingError, match=r"--id: csv files have no ids of their own. Name the column"):
        join()
    with pytest.raises(InputError, match=r"no column 'idd' to identify a row. Did you mean 'id'"):
        join("idd")


UUID = "1f1d57b1-0000-4000-8000-00000000000{}"


@pytest.mark.parametrize(
    ("line", "data", "encoding"),
    [
        ('0.93,"a, b",{},2024-05-01T09:00:15Z', '0.93,"a, b"', "CSV"),
        (
            '{{"score":0.5,"SageMakerInferenceId":"{}","SageMakerInferenceTime":"2024-05-01T09:00:15Z"}}',
            '{"score":0.5}',
            "JSON",
        ),
    ],
)
def test_every_row_of_a_batch_transform_is_a_merged_record(line, data, encoding):
    name = "part.csv.out" if encoding == "CSV" else "part.jsonl.out"
    write(f"files/{name}", [line.format(UUID.format(i)) for i in range(3)])
    write(f"live/output/{HOUR}/x.json", [json.dumps([{"prefix": f"{Path.cwd()}/files/"}, name])])
    labels(label(UUID.format(2), "0"), label(UUID.format(1)))
    joined = join(format="batch")
    (path,) = Path("out/merge").rglob("*.jsonl")
    assert path.parent == Path("out/merge/batch", HOUR)
    assert path.read_text().splitlines()[0] == json.dumps(
        {
            "eventMetadata": {"eventId": UUID.format(1)},
            "eventVersion": "0",
            "groundTruthData": {"data": "1", "encoding": "CSV"},
            "captureData": {"batchTransformOutput": {"data": data, "encoding": encoding}},
        },
        separators=(",", ":"),
    )
    assert (joined.labelled, joined.unlabelled, joined.age_p50) == (2, 1, 1785)


def test_merged_rows_of_a_batch_transform_have_no_endpoint():
    assert variant(f"out/merge/batch/{HOUR}/part-0.jsonl") == (None, "batch")


def _traffic(seed: int) -> tuple[dict[str, list[tuple]], dict[str, list[tuple]]]:
    """Random captures (event, inference, time, torn) and labels (key, value, torn), by file."""
    chance = random.Random(seed)
    keys = [f"k{i}" for i in range(chance.choice([5, 60, 400]))]
    asked, told = {}, {}
    for hour in range(8, 13):
        for file in range(chance.randint(0, 3)):
            name = f"live/{chance.choice('ef')}/v/2024/05/01/{hour:02d}/{file:02d}-00-000-x.jsonl"
            asked[name] = [
                (
                    chance.choice(keys),
                    chance.choice([None, "", chance.choice(keys)]),
                    f"2024-05-01T{min(hour + chance.choice([0, 0, -1]), 23):02d}:{chance.randint(0, 59):02d}:07Z",
                    chance.random() < 0.1,
                )
                for _ in range(chance.randint(1, 300))
            ]
    for hour in range(6, 20):
        for file in range(chance.randint(0, 2)):
            name = f"labels/2024/05/01/{hour:02d}/{file:02d}00.jsonl"
            told[name] = [
                (chance.choice([*keys, "x", "y"]), chance.randint(0, 1), chance.random() < 0.1)
                for _ in range(chance.randint(1, 200))
            ]
    return asked, told


def _joined(asked: dict, told: dict) -> tuple[list, list, dict[str, list], list]:
    """Join in plain Python: merged and bare captures, what was said of each key, and what has no capture."""
    said: dict[str, list] = {}
    for name, rows in told.items():
        time = parse_time(f"2024-05-01T{name[18:20]}:{name[21:23]}:00Z")
        for key, value, torn in rows:
            if name >= "labels/2024/05/01/09" and not torn:
                said.setdefault(key, []).append((str(value), time))
    merged, bare, left = [], [], dict(said)
    for name, rows in asked.items():
        for number, (event, inference, time, torn) in enumerate(rows):
            if not torn and parse_time(time) in WINDOW and "09" <= name.split("/")[6] <= "11":
                key, where = inference or event, (name.split("/")[1], time[11:13], str(number), time)
                left.pop(key, None)
                merged += [(*where, *said[key][-1])] if key in said else []
                bare += [] if key in said else [where]
    return merged, bare, said, list(left)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("threads", [1, 3])
def test_the_join_is_that_of_plain_python(seed, threads, monkeypatch):
    monkeypatch.setattr("kedge.reading.sections.SECTION_BYTES", 20_000)
    monkeypatch.setattr("kedge.reading.ground_truth.PART_BYTES", 5_000)
    asked, told = _traffic(seed)
    for name, rows in asked.items():
        write(name, ["{" if torn else capture(e, t, i, f"{n}") for n, (e, i, t, torn) in enumerate(rows)])
    for name, rows in told.items():
        write(name, ["{" if torn else label(key, value) for key, value, torn in rows])
    merged, bare, said, left = _joined(asked, told)
    joined = join(engine=Engine(Local(), threads=threads), window=WINDOW, unreadable_share=0.9)
    assert sorted(_found("merge")) == sorted(row[:-1] for row in merged)
    assert sorted(_found("unlabelled")) == sorted(bare)
    assert (joined.labelled, joined.unlabelled, joined.orphans) == (len(merged), len(bare), len(left))
    values = [[value for value, _ in labels] for labels in said.values()]
    assert joined.corrected == sum(len(set(labels)) > 1 for labels in values)
    assert joined.repeated == sum(len(labels) > len(set(labels)) == 1 for labels in values)
    ages = [max((row[-1] - parse_time(row[3])).total_seconds(), 0) for row in merged]
    assert (joined.age_p50, joined.age_p90) == pytest.approx(tuple(np.quantile(ages, [0.5, 0.9])))


def _found(kind: str) -> list[tuple]:
    found = []
    for path in Path("out", kind).rglob("*.jsonl"):
        for line in path.read_text().splitlines():
            raw = json.loads(line)
            number = raw["captureData"]["endpointInput"]["data"]
            truth = (raw["groundTruthData"]["data"],) if kind == "merge" else ()
            found.append((path.parts[2], path.parts[7], number, raw["eventMetadata"]["inferenceTime"], *truth))
    return found


ROWS, MORE = 300_000, 1_000  # captures, and keys beyond theirs


def _many() -> list[int]:
    """Write many captures and labels, and return which captures have one."""
    for folder in (f"live/e/v/{HOUR}", f"labels/{HOUR}"):
        Path(folder).mkdir(parents=True)
    time = "strftime(TIMESTAMP '2024-05-01 09:00' + to_seconds(range // 100), '%Y-%m-%dT%H:%M:%SZ')"
    asked = f"""
        SELECT {{endpointInput: {{data: repeat('1.5,', 30) || range, encoding: 'CSV'}}}} AS captureData,
        {{eventId: md5(range::VARCHAR), inferenceTime: {time}}} AS eventMetadata FROM range({ROWS})"""
    told = f"""
        SELECT {{data: '1', encoding: 'CSV'}} AS groundTruthData,
        {{eventId: md5((range * 7919 % {ROWS + MORE})::VARCHAR)}} AS eventMetadata FROM range({ROWS})"""
    duckdb.execute(f"COPY ({asked}) TO 'live/e/v/{HOUR}/a.jsonl' (FORMAT json)")
    duckdb.execute(f"COPY ({told}) TO 'labels/{HOUR}/a.jsonl' (FORMAT json)")
    keys = {i * 7919 % (ROWS + MORE) for i in range(ROWS)}
    return [i for i in range(ROWS) if i in keys]


def test_many_captures_are_joined_in_their_order():
    labelled = _many()
    joined = join()
    assert [int(r["captureData"]["endpointInput"]["data"].split(",")[-1]) for r in records()] == labelled
    assert (joined.labelled, joined.orphans) == (len(labelled), ROWS - len(labelled))


def test_what_is_written_does_not_depend_on_threads_or_memory(monkeypatch):
    _many()
    first, contents = join(engine=Engine(Local(), threads=4)), _contents()
    monkeypatch.setattr("tempfile.tempdir", str(Path("spilled").absolute()))
    Path("spilled").mkdir()
    spilled = []
    small = Engine(Local(), threads=1, memory_limit="100MB")
    second = join(engine=small, progress=lambda _: spilled.extend(Path("spilled").rglob("*.tmp")))
    assert (second, _contents()) == (first, contents)
    assert spilled


def _contents() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path("out").rglob("*.jsonl")}
