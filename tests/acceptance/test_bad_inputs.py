"""The corpus of bad inputs: each gets one clear sentence with file, line and field, and what to do."""

from __future__ import annotations

import gzip
import json
from contextlib import chdir
from pathlib import Path
from shutil import copytree

import duckdb
import pytest

import kedge
from kedge.domain.capture_record import CaptureRecord, Payload

ROWS = "".join(f"{i},{i / 2},{'ab'[i % 2]}\n" for i in range(200))
TRAIN = "n,x,c\n" + ROWS


@pytest.fixture(scope="module")
def learned(tmp_path_factory) -> Path:
    """A folder with a table, and a baseline of it."""
    folder = tmp_path_factory.mktemp("learned")
    with chdir(folder):
        Path("train.csv").write_text(TRAIN)
        kedge.baseline("train.csv").save("baseline")
    return folder


@pytest.fixture
def baseline(learned) -> str:
    """Each test's own copy of them."""
    copytree(learned, ".", dirs_exist_ok=True)
    return "baseline"


def _csv(line: bytes | str) -> bytes:
    return TRAIN.encode() + (line if isinstance(line, bytes) else line.encode())


def _capture(*lines: str) -> bytes:
    good = CaptureRecord("good", "2024-05-01T09:00:00Z", Payload("1,2.5,a", "CSV"))
    return "\n".join([good.to_json(), *lines]).encode()


TORN = CaptureRecord("torn", "2024-05-01T09:00:00Z", Payload("1,2", "CSV"), Payload("{}", "JSON")).to_json()
WIDE = CaptureRecord("wide", "2024-05-01T09:00:00Z", Payload("1,2,3,4", "CSV")).to_json()
HALF = WIDE.replace("1,2,3,4", "1,2.5,\\ud800")

FAILS = {
    "one JSON array": ("live.json", b'[{"n": 1}]', "live.json:1: The file holds one JSON array"),
    "a header in another encoding": ("live.csv", b"n,\xe9,c\n1,2,3\n", "live.csv:1: The header is not UTF-8"),
    "a carriage return in a line": ("live.csv", _csv("1,2,a\rb\n"), "live.csv:202: A carriage return stands outside"),
    "half a character": ("live.jsonl", b'{"c": "a"}\n{"c": "\\ud800"}\n', "live.jsonl:2: The text holds half a char"),
    "half a character in a payload": ("live.jsonl", _capture(HALF), "live.jsonl:2: The text holds half a character"),
    "a row with a field too many": ("live.csv", _csv("1,2,3,4\n"), "live.csv:202: The row has too many fields"),
    "a truncated last line": ("live.csv", _csv("7,"), "live.csv:202: The row has too few fields"),
    "broken UTF-8": ("live.csv", _csv(b"1,2,\xff\xfe\n"), "live.csv:202: The text is not UTF-8"),
    "an open quote": ("live.csv", _csv('1,2,"open\n'), "live.csv:202: A quote is opened and not closed"),
    "UTF-16": ("live.csv", TRAIN.encode("utf-16"), "live.csv:1: The text is UTF-16. Save it as UTF-8."),
    "a 100 MB line": ("live.csv", _csv("1,2," + "x" * 100_000_000 + "\n"), "live.csv:202: A line is longer than"),
    "a line that is not JSON": ("live.jsonl", b'{"n": 1}\nnonsense\n', "live.jsonl:2: The line is not JSON"),
    "a 100 MB line of JSON": ("live.jsonl", b'{"n": 1}\n{"c": "' + b"x" * 100_000_000 + b'"}\n', "live.jsonl:2: "),
    "a truncated JSON line": ("live.jsonl", b'{"n": 1}\n{"n": ', "live.jsonl:2: The line is not JSON"),
    "a line that is no object": ("live.jsonl", b'{"n": 1}\n[1, 2]\n', "live.jsonl:2: The line is not a JSON object"),
    "JSON that is not a capture": ("live.jsonl", _capture('{"n": 1}'), "live.jsonl:2: captureData: this is"),
    "encodings that disagree": ("live.jsonl", _capture(TORN), "captureData.endpointOutput.encoding: Encoding"),
    "a payload of another width": ("live.jsonl", _capture(WIDE), "captureData.endpointInput.data: The row has 4"),
    "an empty file": ("live.csv", b"", "live.csv: The file is empty"),
    "a header alone": ("live.csv", b"n,x,c\n", "live.csv: Job inputs had no data"),
    "a header with a name twice": ("live.csv", b"n,x,x\n1,2,3\n", "live.csv:1: The header names 'x' more than once"),
    "another delimiter": ("live.csv", b"n;x;c\n1;2;3\n", "--delimiter ';'"),
    "an unknown format": ("live.xyz", b"\x00\x01\x02", "--format csv, jsonl, parquet, capture or batch"),
    "a Parquet file that is none": ("live.parquet", b"PAR1 no", "live.parquet: "),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "sentence"), FAILS.values(), ids=FAILS)
def test_bad_data_ends_with_one_sentence_and_code_2(run, baseline, name, content, sentence):
    Path(name).write_bytes(content)
    code, printed = run("check", name, "--baseline", baseline, "--output", "report", "--unreadable-share", "0")
    assert (code, sentence in printed) == (2, True), printed
    assert not Path("report").exists()


def test_few_bad_rows_are_counted_and_sampled_into_the_report(run, baseline):
    Path("live.csv").write_bytes(_csv("1,2,3,4\n"))
    code, printed = run("check", "live.csv", "--baseline", baseline, "--output", "report")
    reading = json.loads(Path("report/report.json").read_text())["reading"]
    assert (code, reading["unreadable"], reading["examples"][0]["line"]) == (0, 1, 202)
    assert "1 record could not be read" in printed


@pytest.mark.parametrize("delimiter", [";;", "", '"', "\n"])
def test_a_delimiter_that_is_none_is_refused(run, baseline, delimiter):
    code, printed = run("check", "train.csv", "--baseline", baseline, "--delimiter", delimiter)
    assert (code, "--delimiter: A delimiter is one character" in printed) == (2, True), printed


def test_an_output_that_is_a_file_says_to_give_a_folder(run, baseline):
    code, printed = run("check", "train.csv", "--baseline", baseline, "--output", "train.csv")
    assert (code, "train.csv: The output is a file, not a folder" in printed) == (2, True), printed


def test_names_that_are_all_unknown_are_noted_as_a_missing_header(run, baseline):
    Path("live.csv").write_text(ROWS)
    code, printed = run("check", "live.csv", "--baseline", baseline)
    assert (code, "live.csv:1: No name of the header is known to the baseline" in printed) == (1, True), printed


def test_a_missing_file_is_named(run, baseline):
    code, printed = run("check", "nowhere.csv", "--baseline", baseline)
    assert (code, printed.startswith("kedge: nowhere.csv: There is no such file")) == (2, True)


def test_a_missing_baseline_says_how_to_learn_one(run):
    code, printed = run("check", "live.csv", "--baseline", "nowhere")
    assert (code, "kedge baseline" in printed) == (2, True)


def test_files_whose_headers_differ_are_named_with_the_field(run):
    Path("live").mkdir()
    Path("live/a.csv").write_text("n,x\n1,2\n")
    Path("live/b.csv").write_text("n,y\n1,2\n")
    code, printed = run("baseline", "live", "--output", "baseline")
    assert (
        code,
        "live/b.csv:1: The header differs from that of live/a.csv: field 2 is 'y', not 'x'" in printed,
    ) == (2, True)


def test_a_parquet_file_with_lists_says_which_column_to_leave_out(run):
    duckdb.sql("COPY (SELECT 1 AS n, [1, 2] AS tags) TO 'train.parquet'")
    code, printed = run("baseline", "train.parquet", "--output", "baseline")
    assert (code, "train.parquet: tags: The column holds lists" in printed, "--exclude tags" in printed) == (
        2,
        True,
        True,
    )
    assert run("baseline", "train.parquet", "--output", "baseline", "--exclude", "tags")[0] == 0


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"completeness" : 1.0', '"completeness" : "all"', "constraints.json:7: features[0].completeness: "),
        ('"completeness" : 1.0', '"completeness" : 1.5', "constraints.json:7: features[0].completeness: "),
        ('"completeness" : 1.0,', '"completeness" : 1.0', "constraints.json:8: This is not JSON"),
        ('"Integral"', '"Integer"', "constraints.json:6: features[0].inferred_type: "),
        ('"Robust"', '"Simpel"', "Did you mean 'Simple'?"),
        ('"Robust"', '"Simpel"', "comparison_method: "),
        ('"completeness"', '"completness"', "constraints.json:7: features['n'].completness: there is no such key. Did"),
        (
            '"name" : "x"',
            '"name" : "n"',
            "constraints.json:13: features[1].name: The feature 'n' is here a second time",
        ),
        ('"emit_metrics"', '"emit_metric"', "constraints.json:34: monitoring_config.emit_metric: there is no such key"),
        (
            '"completeness" : 1.0',
            '"monitoring_config_overrides": {\n"distribution_constraints": {\n"threshold": 1}}',
            "constraints.json:9: features['n'].monitoring_config_overrides.distribution_constraints.threshold: there",
        ),
    ],
)
def test_a_badly_edited_constraints_file_is_named_with_line_and_field(run, baseline, old, new, sentence):
    file = Path(baseline, "constraints.json")
    file.write_text(file.read_text().replace(old, new, 1))
    code, printed = run("check", "train.csv", "--baseline", baseline)
    assert (code, sentence in printed) == (2, True), printed


def test_a_column_to_leave_out_that_is_not_there_suggests_the_nearest(run):
    Path("train.csv").write_text("amount,x\n1,2\n")
    code, printed = run("baseline", "train.csv", "--output", "baseline", "--exclude", "amuont")
    assert (code, "Did you mean 'amount'?" in printed) == (2, True)


def test_an_unknown_setting_suggests_the_nearest(run):
    Path("kedge.toml").write_text("sample_row = 3\n")
    code, printed = run("config", "show")
    assert (code, "kedge.toml: sample_row: " in printed, "Did you mean 'sample_rows'?" in printed) == (
        2,
        True,
        True,
    )


def test_an_unexpected_exception_ends_with_code_2(run, baseline, monkeypatch):
    monkeypatch.setattr("kedge.service.jobs.Jobs.check", lambda *_, **__: 1 / 0)
    code, printed = run("check", "train.csv", "--baseline", baseline)
    assert (code, "unexpected ZeroDivisionError" in printed) == (2, True)


def test_what_came_with_the_data_cannot_steer_the_terminal(run):
    Path("live.jsonl").write_text('{"x": 1}\n' * 99 + '{"\\u001b]0;title\\u0007": \x1b[31m\n')
    code, printed = run("baseline", "live.jsonl", "--output", "baseline", "--unreadable-share", "0.5")
    assert (code, "\x1b" in printed, "live.jsonl:100" in printed) == (0, False, True)
    code, printed = run("check", "\x1b[31mred.csv", "--baseline", "baseline")
    assert (code, printed.startswith("kedge: �[31mred.csv: There is no such file")) == (2, True)


def test_a_packed_file_that_is_cut_off_is_no_verdict(run, baseline):
    Path("live.csv.gz").write_bytes(gzip.compress((TRAIN + ROWS).encode())[:-20])
    code, printed = run("check", "live.csv.gz", "--baseline", baseline)
    assert (code, printed.startswith("kedge: live.csv.gz: The file cannot be unpacked (")) == (2, True)


def test_an_interruption_ends_with_code_2(run, baseline, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("kedge.service.jobs.Jobs.check", interrupted)
    assert run("check", "train.csv", "--baseline", baseline) == (2, "kedge: interrupted; nothing was written.\n")


def test_a_method_that_the_service_has_not_is_told_with_the_file_that_names_it(run, baseline):
    constraints = json.loads(Path("baseline/constraints.json").read_text())
    constraints["monitoring_config"]["distribution_constraints"]["comparison_method"] = "psi"
    Path("baseline/constraints.json").write_text(json.dumps(constraints))
    code, printed = run("check", "train.csv", "--baseline", baseline, "--compat", "sagemaker")
    assert (code, printed.partition(": monitoring_config")[0]) == (2, "kedge: baseline/constraints.json")
