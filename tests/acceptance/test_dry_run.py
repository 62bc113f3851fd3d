"""A dry run says what would fail, reads little, and writes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from shutil import copytree

import duckdb
import pytest

from kedge.domain.capture_record import CaptureRecord, Payload

ROWS = "".join(f"{i},{i / 2},{'ab'[i % 2]}\n" for i in range(200))
TIME = "2024-05-01T09:00:00Z"
BOUND_SECONDS = 2


@pytest.fixture(scope="module")
def _learned(learned_once):
    return learned_once(lambda: Path("train.csv").write_text("age,dose,colour\n" + ROWS), "train.csv")


@pytest.fixture
def dry(run, _learned):
    """Return what checks against a baseline without judging, and gives exit code and text."""
    copytree(_learned, ".", dirs_exist_ok=True)
    return lambda data, *options: run("check", data, "--baseline", "baseline", "--dry-run", *options)


def _captures(*payloads: str, hour: str = "09") -> None:
    folder = Path(f"live/fraud/blue/2024/05/01/{hour}")
    folder.mkdir(parents=True)
    records = [CaptureRecord(str(i), TIME, Payload(p, "CSV")) for i, p in enumerate(payloads)]
    (folder / "a.jsonl").write_text("\n".join(record.to_json() for record in records))


def test_data_like_the_baseline_would_run(dry):
    code, printed = dry("train.csv")
    assert (code, printed.splitlines()[-1]) == (0, "✓ The check would run.")


def test_nothing_is_written(dry, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    dry("train.csv", "--output", "report")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_misspelt_column_is_named_with_the_one_that_was_meant(dry):
    Path("live.csv").write_text("agee,dose,colour\n" + ROWS)
    code, printed = dry("live.csv")
    assert (code, "▲ agee: The column is not in the baseline. Did you mean 'age'?" in printed) == (0, True)


@pytest.mark.parametrize("name", ["live.csv", "live.jsonl", "live"])
def test_a_type_that_differs_is_shown_with_a_value_and_its_line(dry, name):
    rows = [["1", "0.5", "a"], ["2", "0.5", "b"], ["n/a", "0.5", "a"]]
    if name == "live.csv":
        Path(name).write_text("age,dose,colour\n" + "".join(",".join(row) + "\n" for row in rows))
    elif name == "live.jsonl":
        Path(name).write_text("".join(json.dumps({"age": a, "dose": d, "colour": c}) + "\n" for a, d, c in rows))
    else:
        _captures(*map(",".join, rows))
    _, printed = dry(name)
    line = 4 if name == "live.csv" else 3
    assert f":{line}: age: 1 of 3 values are not Integral, such as 'n/a'." in printed, printed


def test_the_endpoint_its_variants_and_hours_are_told(dry):
    _captures("1,0.5,a")
    _captures("1,0.5,a", hour="11")
    _, printed = dry("live")
    assert "Endpoint variants: fraud/blue" in printed
    assert "Hour folders: 2024-05-01T09:00:00Z to 2024-05-01T11:00:00Z" in printed


def test_batch_captures_are_looked_into_through_their_manifests(dry):
    here = Path.cwd()
    for side, file, text in (("input", "in.csv", "0.5,a\n"), ("output", "in.csv.out", "1\n")):
        (here / file).write_text(text * 500)
        (here / "live" / side / "2024/05/01/09").mkdir(parents=True)
        manifest = json.dumps([{"prefix": f"{here}/"}, file])
        (here / "live" / side / "2024/05/01/09/x.json").write_text(manifest)
    code, printed = dry("live", "--no-header")
    assert (code, "Format batch, 3 columns; 100 rows" in printed, "variants" in printed) == (0, True, False), printed


def test_a_script_makes_rows_of_the_records_looked_into(dry):
    _captures("1,0.5,a")
    fields = "dict(zip(('age', 'dose', 'colour'), record.endpoint_input.data.split(',')))"
    Path("script.py").write_text(f"# {'x' * 80}\n" * 200 + f"def preprocess_handler(record):\n    return {fields}\n")
    code, printed = dry("live", "--preprocess", "script.py")
    assert (code, "3 columns; 1 row of 1 file" in printed) == (0, True), printed


def test_a_prediction_on_the_other_side_is_guessed(dry):
    folder = Path("live")
    folder.mkdir()
    records = [CaptureRecord(str(i), TIME, Payload("1,0.5", "CSV"), Payload("a\n", "CSV")) for i in range(9)]
    Path("live/a.jsonl").write_text("\n".join(record.to_json() for record in records))
    assert "Try --output-columns-position END." in dry("live")[1]


def test_every_error_is_told_at_once(dry):
    file = Path("baseline/constraints.json")
    file.write_text(file.read_text().replace('"completeness"', '"completness"', 1))
    code, printed = dry("nowhere.csv")
    assert (code, "✗ baseline/constraints.json:7: " in printed, "✗ nowhere.csv: There is" in printed) == (2, True, True)


def test_a_distance_that_needs_a_package_says_how_to_add_it(dry, monkeypatch):
    file = Path("baseline/constraints.json")
    file.write_text(file.read_text().replace('"LInfinity"', '"ChiSquared"'))
    monkeypatch.setattr("kedge.registry.find_spec", lambda name: None if name == "scipy" else object())
    code, printed = dry("train.csv")
    assert (code, "needs the package scipy" in printed, "pip install 'kedge[stats]'" in printed) == (2, True, True)


def test_a_baseline_of_constraints_alone_has_no_distances(dry):
    Path("baseline/profile.json").unlink()
    assert "· baseline: The baseline has no profile.json: distances are computed from its stat" in dry("train.csv")[1]
    Path("baseline/statistics.json").unlink()
    assert "▲ baseline: The baseline has no profile.json" in dry("train.csv")[1]


def test_a_file_that_is_no_gzip_file_is_an_error(dry):
    Path("live.csv.gz").write_text("age,dose,colour\n" + ROWS)
    code, printed = dry("live.csv.gz")
    assert (code, "✗ live.csv.gz: The file cannot be unpacked" in printed) == (2, True), printed


@pytest.mark.parametrize(("more", "code"), [(0, 2), (5000, 0)])
def test_broken_rows_end_a_run_only_where_there_are_no_others(dry, more, code):
    Path("live.csv").write_text("age,dose,colour\n1,0.5,a\n1,2,3,4\n" + "1,0.5,a\n" * (more or 10))
    found, printed = dry("live.csv")
    assert (found, "live.csv:3: The row has too many fields" in printed) == (code, True), printed


def test_a_window_without_records_is_told_from_a_dataset_without_rows(dry):
    _captures("1,0.5,a")
    code, printed = dry("live", "--from", "2024-05-01T09:30:00Z", "--to", "2024-05-01T09:40:00Z")
    assert (code, "none lies in the window" in printed) == (0, True)


def test_machines_get_the_same_as_json(dry):
    Path("live.csv").write_text("agee,dose,colour\n" + ROWS)
    code, printed = dry("live.csv", "--json")
    found = json.loads(printed)
    assert (code, found["runs"], [r["field"] for r in found["remarks"]]) == (0, True, ["age", "agee"])


def _calibration() -> float:
    start = time.perf_counter()
    sum(i * i for i in range(5_000_000))
    return time.perf_counter() - start


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_folder_of_many_large_files_takes_two_seconds(dry, capsys, kind):
    Path("live").mkdir()
    select = "SELECT range AS age, range / 3 AS dose, 'a' AS colour FROM range(700000)"
    options = "FORMAT csv, HEADER" if kind == "csv" else "FORMAT json" if kind == "jsonl" else "FORMAT parquet"
    duckdb.sql(f"COPY ({select}) TO 'live/0.{kind}' ({options})")
    for i in range(1, 1000):
        os.link(f"live/0.{kind}", f"live/{i}.{kind}")
    command = [sys.executable, "-m", "kedge", "check", "live", "--baseline", "baseline", "--dry-run"]
    start = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    took, loop = time.perf_counter() - start, _calibration()
    with capsys.disabled():
        print(f"\na look at 1,000 {kind} files: {took:.2f} s, calibration loop: {loop:.2f} s")
    assert (run.returncode, "1,000 files" in run.stdout, took < 3 * BOUND_SECONDS) == (0, True, True), run.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--score", "isolation_forrest"], "✗ score: There is no score 'isolation_forrest'. Did you mean"),
        (["--score", "isolation_forest"], "✗ score: An isolation forest grows on rows with numbers"),
        (["--postprocess", "nowhere.py"], "✗ nowhere.py: There is no such script."),
    ],
)
def test_what_an_option_names_has_to_be_there(dry, options, said):
    profile = json.loads(Path("baseline/profile.json").read_text())
    profile["profiles"][0]["sample"]["rows"] = []
    Path("baseline/profile.json").write_text(json.dumps(profile))
    code, printed = dry("train.csv", *options)
    assert (code, [line.startswith(said) for line in printed.splitlines()[2:]]) == (2, [True, False])


@pytest.mark.parametrize(
    ("key", "value", "options", "said"),
    [
        ("sql_constraints", [{"name": "s", "expression": "agee > 0"}], [], "sql_constraints['s'].expression: "),
        (
            "monitoring_config",
            {"distribution_constraints": {"comparison_method": "psi"}},
            ["--compat", "sagemaker"],
            "",
        ),
    ],
)
def test_a_mistake_in_the_constraints_is_told_once_with_its_file(dry, key, value, options, said):
    file = Path("baseline/constraints.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {key: value}))
    code, printed = dry("train.csv", *options)
    errors = [line for line in printed.splitlines() if line.startswith("✗")]
    assert (code, len(errors)) == (2, 2)
    assert errors[0].startswith(f"✗ baseline/constraints.json: {said}")
