"""The main job, from the command line: a baseline learned, traffic checked, what drifted named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from kedge.domain.capture_record import CaptureRecord, Payload


def _rows(rng: np.random.Generator, count: int) -> Iterator[tuple[float, float, str]]:
    return zip(rng.random(count), rng.gamma(2, 400, count), rng.choice(list("abc"), count), strict=True)


@pytest.fixture(scope="module")
def _learned(learned_once) -> Path:
    return learned_once(_train, "train.csv")


@pytest.fixture
def baseline(_learned) -> str:
    copytree(_learned, ".", dirs_exist_ok=True)
    return "baseline"


def _train() -> None:
    rng = np.random.default_rng(7)
    lines = [f"{score:.3f},{miles:.1f},{carrier}\n" for score, miles, carrier in _rows(rng, 3000)]
    Path("train.csv").write_text("score,miles,carrier\n" + "".join(lines))


def _traffic(factor: float = 1.0, hour: int = 9, variant: str = "AllTraffic") -> Path:
    """Write an hour of captured traffic in the service's layout."""
    rng = np.random.default_rng(hour)
    folder = Path("live/delays", variant, f"2024/05/01/{hour:02d}")
    folder.mkdir(parents=True, exist_ok=True)
    records = [
        CaptureRecord(
            f"{hour}-{i}",
            f"2024-05-01T{hour:02d}:{i // 60:02d}:{i % 60:02d}Z",
            Payload(f"{miles * factor:.1f},{carrier}", "CSV"),
            Payload(f"{score:.3f}\n", "CSV"),
        )
        for i, (score, miles, carrier) in enumerate(_rows(rng, 1500))
    ]
    (folder / "00-00-000-x.jsonl").write_text("\n".join(r.to_json() for r in records))
    return Path("live")


def test_a_baseline_is_three_files(baseline):
    assert {f.name for f in Path(baseline).iterdir()} == {
        "statistics.json",
        "constraints.json",
        "profile.json",
    }


def test_traffic_like_the_training_data_has_no_violations(run, baseline):
    code, printed = run("check", str(_traffic()), "--baseline", baseline, "--output", "report")
    assert code == 0, printed


def test_miles_sent_as_kilometres_are_named(run, baseline):
    code, _ = run("check", str(_traffic(1.609344)), "--baseline", baseline, "--output", "report")
    violations = json.loads(Path("report/constraint_violations.json").read_text())["violations"]
    assert (code, [(v["feature_name"], v["constraint_check_type"]) for v in violations]) == (
        1,
        [("miles", "baseline_drift_check")],
    )


def test_exit_zero_turns_the_1_off(run, baseline):
    assert run("check", str(_traffic(2)), "--baseline", baseline, "--exit-zero")[0] == 0


def test_a_report_is_the_services_files_and_ours(run, baseline):
    run("check", str(_traffic()), "--baseline", baseline, "--output", "report")
    assert {f.name for f in Path("report").iterdir()} == {
        "statistics.json",
        "constraints.json",
        "constraint_violations.json",
        "profile.json",
        "report.json",
        "report.html",
    }


def test_the_mode_is_stored_in_the_report(run, baseline):
    run("check", str(_traffic()), "--baseline", baseline, "--output", "report", "--compat", "sagemaker")
    assert json.loads(Path("report/report.json").read_text())["mode"] == "sagemaker"


def test_profiles_are_kept_per_endpoint_variant(run, baseline):
    _traffic(variant="blue")
    run("check", str(_traffic(variant="green")), "--baseline", baseline, "--output", "report")
    profiles = json.loads(Path("report/profile.json").read_text())["profiles"]
    assert [(p["endpoint"], p["variant"], p["rows"]) for p in profiles] == [
        ("delays", "blue", 1500),
        ("delays", "green", 1500),
    ]


def test_a_window_chooses_hour_folders_and_records(run, baseline):
    for hour in (8, 9, 10, 11):
        _traffic(hour=hour)
    window = ["--from", "2024-05-01T09:10:00Z", "--to", "2024-05-01T10:00:00Z"]
    _, printed = run("check", "live", "--baseline", baseline, "--json", *window)
    assert json.loads(printed)["reading"]["rows"] == 900


def test_hours_merge_into_a_day_without_the_data(run, baseline):
    for hour in (9, 10):
        _traffic(hour=hour)
        start, end = f"2024-05-01T{hour:02d}:00:00Z", f"2024-05-01T{hour + 1:02d}:00:00Z"
        run("check", "live", "--baseline", baseline, "--output", f"hour-{hour}", "--from", start, "--to", end)
    code, _ = run("merge", "hour-9/profile.json", "hour-10/profile.json", "--output", "day.json")
    (day,) = json.loads(Path("day.json").read_text())["profiles"]
    assert (code, day["rows"], day["window"]) == (0, 3000, ["2024-05-01T09:00:00Z", "2024-05-01T11:00:00Z"])


def test_show_prints_violations_and_statistics(run, baseline):
    run("check", str(_traffic(2)), "--baseline", baseline, "--output", "report")
    code, printed = run("show", "report")
    assert (code, "miles" in printed, "carrier" in printed, "baseline drift" in printed) == (
        0,
        True,
        True,
        True,
    )


def test_show_tells_a_baseline_from_a_report(run, baseline):
    code, printed = run("show", baseline)
    assert (code, printed.splitlines()[0]) == (0, "Baseline of 3 features from 3,000 rows")
    assert "No violations" not in printed


def test_a_run_of_the_service_without_violations_is_a_report(run, baseline):
    """It writes no violations file; its window and its time tell it from a baseline."""
    statistics = json.loads(Path(baseline, "statistics.json").read_text())
    statistics["dataset"] |= dict.fromkeys(("start_time", "end_time", "evaluation_time"), "2024-05-01T09:00:00Z")
    Path(baseline, "statistics.json").write_text(json.dumps(statistics))
    assert run("show", baseline)[1].splitlines()[0] == "✓ No violations in 3 features"


def test_show_prints_a_merged_profile(run, baseline):
    run("merge", f"{baseline}/profile.json", f"{baseline}/profile.json", "--output", "both.json")
    code, printed = run("show", "both.json")
    assert (code, printed.splitlines()[0]) == (0, "Profile of 3 features from 6,000 rows")


@pytest.mark.parametrize(
    ("what", "key"), [("baseline", "monitoring_config"), ("baseline/profile.json", "dataset"), ("report", "findings")]
)
def test_show_prints_documents_for_machines(run, baseline, what, key):
    run("check", "train.csv", "--baseline", baseline, "--output", "report")
    assert key in json.loads(run("show", what, "--json")[1])


def test_a_bucket_written_by_the_service_is_a_baseline(run, baseline):
    """The service has no profile.json: its sketch and buckets are enough."""
    Path(baseline, "profile.json").unlink()
    code, printed = run("check", str(_traffic(1.609344)), "--baseline", baseline, "--json")
    assert [f["feature_name"] for f in json.loads(printed)["findings"]] == ["miles"]
    assert code == 1


def test_nothing_is_printed_but_json_for_machines(run, baseline):
    _, printed = run("check", str(_traffic()), "--baseline", baseline, "--json")
    assert json.loads(printed)["findings"] == []


def test_doctor_names_the_command_that_adds_what_is_missing(run, monkeypatch):
    monkeypatch.setattr("kedge.interfaces.cli.doctor._version", lambda _: None)
    _, printed = run("doctor")
    assert "-m pip install 'kedge[remote]'" in " ".join(printed.split())


def test_doctor_lists_every_kind(run):
    code, printed = run("doctor")
    assert (code, "linfinity" in printed, "baseline_drift" in printed, "kll" in printed) == (
        0,
        True,
        True,
        True,
    )
