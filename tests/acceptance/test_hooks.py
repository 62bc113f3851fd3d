"""Scripts on the way: records become rows before they are judged, and a report is looked at before it is written."""

from __future__ import annotations

import base64
import csv
import json
from pathlib import Path

import polars
import pytest

import kedge
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.errors import InputError, SettingError

JOIN = """
def preprocess_handler(inference_record):
    told = inference_record.endpoint_output.data.rstrip("\\n")
    fields = (told + "," + inference_record.endpoint_input.data).split(",")
    return {str(i).zfill(20): value for i, value in enumerate(fields)}
"""


@pytest.fixture
def captured():
    """Write a training file and its captured traffic, 300 records of three fields."""
    rows = [(f"0.{i % 7}", str(i), "ab"[i % 2]) for i in range(300)]
    Path("train.csv").write_text("score,n,c\n" + "".join(f"{','.join(row)}\n" for row in rows))
    records = [
        CaptureRecord(str(i), f"2024-05-01T09:0{i % 2}:00Z", Payload(f"{n},{c}", "CSV"), Payload(f"{score}\n", "CSV"))
        for i, (score, n, c) in enumerate(rows)
    ]
    Path("live.jsonl").write_text("\n".join(record.to_json() for record in records))


def _script(text: str, name: str = "script.py") -> str:
    Path(name).write_text(text)
    return name


def test_places_take_the_names_of_a_baseline_that_was_learned_without_the_script(captured):
    baseline, script = kedge.baseline("train.csv"), _script(JOIN)
    plain, made = kedge.check("live.jsonl", baseline), kedge.check("live.jsonl", baseline, preprocess=Path(script))
    assert made.statistics.features == plain.statistics.features
    assert made.violations == plain.violations == ()


def test_places_keep_their_names_where_the_baseline_was_learned_with_the_script(captured):
    baseline = kedge.baseline("live.jsonl", preprocess=_script(JOIN))
    result = kedge.check("live.jsonl", baseline, preprocess="script.py")
    assert [f.name for f in result.statistics.features] == [str(i).zfill(20) for i in range(3)]
    assert result.violations == ()


def test_columns_stand_in_the_order_of_their_names_and_rare_ones_count(captured):
    many = "\n".join([Path("live.jsonl").read_text()] * 5)  # the last record lies behind what is looked at first
    Path("live.jsonl").write_text(many)
    script = "n = 0\ndef preprocess_handler(r):\n    global n\n    n += 1\n"
    script += "    return {'b': 1, 'a': 2} | ({'late': 3} if n == 1500 else {})\n"
    features = kedge.baseline("live.jsonl", preprocess=_script(script)).statistics.features
    assert [f.name for f in features] == ["a", "b", "late"]
    assert features[2].numerical_statistics.common.num_present == 1


def test_a_record_that_is_returned_itself_is_read_as_ever(captured):
    script = "import base64\ndef preprocess_handler(r):\n    r.endpoint_input.data = r.endpoint_input.data.upper()\n"
    result = kedge.check("live.jsonl", kedge.baseline("train.csv"), preprocess=_script(script + "    return r\n"))
    assert [(v.feature_name, v.observed) for v in result.violations if "cat" in v.constraint_check_type] == [("c", 0.0)]


def test_only_the_window_reaches_the_script(captured):
    window = {"start": "2024-05-01T09:00:00Z", "end": "2024-05-01T09:01:00Z"}
    result = kedge.check("live.jsonl", kedge.baseline("train.csv"), preprocess=_script(JOIN), **window)
    (run,) = result.report.summary.reading.preprocess
    assert (run.records, run.rows, result.statistics.dataset.item_count) == (150, 150, 150)


def test_records_that_are_broken_before_the_script_count_as_unreadable(captured):
    Path("live.jsonl").write_text(Path("live.jsonl").read_text() + "\nnonsense\n")
    reading = kedge.check("live.jsonl", kedge.baseline("train.csv"), preprocess=_script(JOIN)).report.summary.reading
    assert (reading.rows, reading.unreadable, reading.examples[0].line) == (300, 1, 301)
    with pytest.raises(InputError, match="1 of 301 records cannot be read"):
        kedge.baseline("live.jsonl", preprocess="script.py", unreadable_share=0)


def test_a_script_that_drops_everything_gives_no_verdict(captured):
    with pytest.raises(InputError, match=r"script.py: The script made no row of 300 records"):
        kedge.baseline("live.jsonl", preprocess=_script("def preprocess_handler(r): return []"))


def test_parquet_and_frames_have_no_records_for_a_script(captured):
    frame = polars.DataFrame({"a": [1]})
    frame.write_parquet("live.parquet")
    for data in (frame, "live.parquet"):
        with pytest.raises(SettingError):
            kedge.baseline(data, preprocess=_script(JOIN))


def test_a_failing_preprocess_script_ends_with_code_2_and_nothing_written(run, captured):
    run("baseline", "train.csv", "--output", "baseline")
    script = _script("def preprocess_handler(r):\n    print('hello')\n    return r.endpoint_input.dat\n")
    code, printed = run("check", "live.jsonl", "-b", "baseline", "--preprocess", script, "--output", "report")
    assert (code, Path("report").exists()) == (2, False)
    assert "kedge: script.py:3: preprocess_handler failed: AttributeError" in printed
    assert "Record: live.jsonl:1, event 0" in printed
    assert "Printed: hello" in printed


def test_what_a_script_printed_is_shown_and_kept(run, captured):
    run("baseline", "train.csv", "--output", "baseline")
    script = _script(f"print('loaded')\n{JOIN}")
    code, printed = run("check", "live.jsonl", "-b", "baseline", "--preprocess", script, "--output", "report")
    kept = json.loads(Path("report/report.json").read_text())["reading"]["preprocess"][0]
    assert (code, "  loaded" in printed.splitlines(), kept["output"], kept["rows"]) == (0, True, "loaded\n", 300)


def test_the_limits_can_be_set(run, captured):
    script = _script("def preprocess_handler(r):\n    return {'x': len('x' * 300_000_000)}\n")
    code, printed = run("baseline", "live.jsonl", "-o", "b", "--preprocess", script, "--hook-memory", "200 MB")
    assert (code, "MemoryError" in printed) == (2, True)
    endless = _script("def preprocess_handler(r):\n    while True: pass\n")
    code, printed = run("baseline", "live.jsonl", "-o", "b", "--preprocess", endless, "--hook-timeout", "1")
    assert (code, "took more than 1 s for one record" in printed) == (2, True)


def test_a_profile_is_not_preprocessed(run, captured):
    run("baseline", "train.csv", "--output", "baseline")
    code, printed = run("check", "--profile", "baseline", "-b", "baseline", "--preprocess", _script(JOIN))
    assert (code, "--preprocess: A profile is judged as it is" in printed) == (2, True)


POST = """
import json, os
from pathlib import Path
def postprocess_handler():
    out = Path(os.environ["output_path"])
    found = json.loads((out / "constraint_violations.json").read_text())["violations"]
    (out / "notes").mkdir()
    (out / "notes" / "count.txt").write_text(str(len(found)))
    print("saw", len(found))
"""


def test_a_postprocess_script_sees_the_report_and_adds_to_it(run, captured):
    run("baseline", "train.csv", "--output", "baseline")
    Path("live.csv").write_text("score,n,c\n0.5,1,z\n" * 100)
    code, printed = run("check", "live.csv", "-b", "baseline", "--postprocess", _script(POST), "--output", "report")
    found = len(json.loads(Path("report/constraint_violations.json").read_text())["violations"])
    assert (code, f"  saw {found}" in printed.splitlines(), found > 0) == (1, True, True)
    assert Path("report/notes/count.txt").read_text() == str(found)
    assert json.loads(Path("report/report.json").read_text())["postprocess"]["output"] == f"saw {found}\n"


def test_a_failing_postprocess_script_ends_with_code_2_and_the_report_is_there(run, captured):
    run("baseline", "train.csv", "--output", "baseline")
    script = _script(POST.replace("    print", "    (out / 'report.html').unlink()\n    1 / 0\n    print"))
    code, printed = run("check", "train.csv", "-b", "baseline", "--postprocess", script, "--output", "report")
    summary = json.loads(Path("report/report.json").read_text())
    assert (code, Path("report/report.html").exists(), Path("report/notes").exists()) == (2, True, False)
    assert (
        "script.py:10: postprocess_handler failed: ZeroDivisionError: division by zero. Mend the script.\n" in printed
    )
    assert "ZeroDivisionError" in summary["postprocess"]["error"]


def test_a_postprocess_script_runs_where_no_report_is_kept(run, captured):
    run("baseline", "train.csv", "--output", "baseline")
    code, printed = run("check", "train.csv", "-b", "baseline", "--postprocess", _script(POST))
    assert (code, "  saw 0" in printed.splitlines()) == (0, True)


def test_base64_payloads_of_the_churn_run_are_judged_as_the_plain_ones(test_data):
    with (test_data / "churn/test-dataset-input-cols.csv").open() as file:
        rows = [",".join(row) for row in csv.reader(file)]
    for name, encoding, data in (("plain", "CSV", str), ("hidden", "BASE64", _hidden)):
        records = [
            CaptureRecord(str(i), "2024-05-01T09:00:00Z", Payload(data(row), encoding), Payload(data("0.5"), encoding))
            for i, row in enumerate(rows)
        ]
        Path(f"{name}.jsonl").write_text("\n".join(record.to_json() for record in records))
    baseline = kedge.baseline(test_data / "churn/training-dataset-with-header.csv")
    script = "import base64\nplain = lambda side: base64.b64decode(side.data).decode()\n"
    script += "def preprocess_handler(r):\n    row = f'{plain(r.endpoint_output)},{plain(r.endpoint_input)}'\n"
    script = _script(script + "    return {str(i).zfill(20): v for i, v in enumerate(row.split(','))}\n")
    hidden = kedge.check("hidden.jsonl", baseline, preprocess=script, compat="sagemaker")
    plain = kedge.check("plain.jsonl", baseline, compat="sagemaker")
    assert len(plain.violations) > 1
    assert hidden.violations == plain.violations
    with pytest.raises(InputError, match="BASE64"):
        kedge.check("hidden.jsonl", baseline)


def _hidden(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
