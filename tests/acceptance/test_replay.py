"""Stored profiles, judged again without the data: one report, a merged day, a week of hours."""

from __future__ import annotations

import json
from contextlib import chdir, suppress
from pathlib import Path
from shutil import copytree

import numpy as np
import polars as pl
import pytest

import kedge
from kedge.domain.capture_record import CaptureRecord, Payload
from kedge.errors import InputError, SettingError
from kedge.interfaces.cli import main


def _rows(seed: int, count: int, factor: float = 1.0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame({"miles": rng.gamma(2, 400, count) * factor, "carrier": rng.choice(list("abc"), count)})


@pytest.fixture(scope="module")
def _checked(tmp_path_factory) -> Path:
    """A folder with four hours of traffic, checked hour by hour; in the last two the miles grow."""
    folder = tmp_path_factory.mktemp("checked")
    with chdir(folder):
        _check_hours()
    return folder


@pytest.fixture
def hours(_checked) -> Path:
    """Each test's own copy of them."""
    copytree(_checked, ".", dirs_exist_ok=True)
    return Path("reports")


def _check_hours() -> None:
    kedge.baseline(_rows(0, 4000)).save("baseline")
    for hour, factor in enumerate([1.0, 1.0, 1.4, 3.0]):
        start, end = f"2024-05-01T{hour:02d}:00:00Z", f"2024-05-01T{hour + 1:02d}:00:00Z"
        folder = Path(f"live/delays/AllTraffic/2024/05/01/{hour:02d}")
        folder.mkdir(parents=True)
        lines = _rows(hour + 1, 800, factor).write_csv(include_header=False).splitlines()
        records = [CaptureRecord(f"{i}", start, Payload(line, "CSV"), None).to_json() for i, line in enumerate(lines)]
        (folder / "x.jsonl").write_text("\n".join(records))
        report = f"reports/2024/05/01/{hour:02d}"
        told = ["--baseline", "baseline", "--output", report, "--from", start, "--to", end]
        with pytest.MonkeyPatch.context() as patch, suppress(SystemExit):
            patch.setattr("sys.argv", ["kedge", "check", "live", *told])
            main()


def _constraints(name: str = "new.json", **distribution: object) -> str:
    data = json.loads(Path("baseline/constraints.json").read_text())
    data["monitoring_config"]["distribution_constraints"] |= distribution
    Path(name).write_text(json.dumps(data))
    return name


def _csv(frame: pl.DataFrame) -> str:
    frame.write_csv("window.csv")
    return "window.csv"


def _demanding(sql: list[dict[str, object]], *, unique: bool) -> str:
    data = json.loads(Path("baseline/constraints.json").read_text()) | {"sql_constraints": sql}
    next(feature for feature in data["features"] if feature["name"] == "carrier")["is_unique"] = unique
    Path("demanding.json").write_text(json.dumps(data))
    return "demanding.json"


# --- one profile -------------------------------------------------------------------------------------


def test_a_reports_profile_gets_the_verdict_that_the_data_got(run, hours):
    _, again = run("check", "--profile", f"{hours}/2024/05/01/03/profile.json", "--baseline", "baseline", "--json")
    first, second = json.loads((hours / "2024/05/01/03/report.json").read_text()), json.loads(again)
    assert first["findings"]
    same = ("findings", "distances", "window_start", "window_end")
    assert [second[key] for key in same] == [first[key] for key in same]


def test_a_merged_profile_is_judged_and_leaves_a_whole_report(run, hours):
    files = [str(hours / f"2024/05/01/{hour:02d}/profile.json") for hour in (2, 3)]
    run("merge", *files, "--output", "day.json")
    code, _ = run("check", "--profile", "day.json", "--baseline", "baseline", "--output", "day")
    assert (code, json.loads(Path("day/statistics.json").read_text())["dataset"]["item_count"]) == (1, 1600)
    assert json.loads(Path("day/report.json").read_text())["reading"]["inputs"] == ["day.json"]


def test_other_constraints_give_another_verdict_without_the_data(run, hours):
    Path(_constraints(comparison_threshold=0.9)).replace("baseline/constraints.json")
    code, _ = run("check", "--profile", f"{hours}/2024/05/01/02", "--baseline", "baseline")
    assert code == 0


def test_python_judges_a_profile_too(hours):
    result = kedge.check(profile=hours / "2024/05/01/03/profile.json", baseline="baseline")
    assert [violation.feature_name for violation in result.violations] == ["miles"]


@pytest.mark.parametrize("hashed", ["baseline", "window"])
def test_texts_and_their_hashes_compare(hashed):
    rows, texts = _rows(0, 2000), hashed == "baseline"
    kedge.baseline(rows, raw_values=not texts).save("baseline")
    kedge.baseline(rows, raw_values=texts).save("window")
    result = kedge.check(profile="window/profile.json", baseline="baseline")
    assert (result.violations, result.distances) == ((), {"miles": 0.0, "carrier": 0.0})


def test_categories_that_a_profile_did_not_count_are_told(run, hours):
    """Numbers are texts only to a baseline that says so: the profile was made without."""
    data = json.loads(Path("baseline/constraints.json").read_text())
    data["features"][0] |= {"inferred_type": "String", "num_constraints": None}
    Path("baseline/constraints.json").write_text(json.dumps(data))
    _, printed = run("check", "--profile", f"{hours}/2024/05/01/00", "--baseline", "baseline")
    assert "Note: The profile holds no categories of miles; their domain and drift need the rows." in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("live", "--profile", "p.json"), "kedge: data: A profile is judged as it is"),
        (("--profile", "p.json", "--from", "2024-05-01"), "kedge: --from: A profile is judged as it is"),
        (("--profile", "p.json", "--score", "robust"), "kedge: --score: A profile is judged as it is"),
        ((), "kedge: There is nothing to check."),
        (("--profile", "nowhere.json"), "kedge: nowhere.json: "),
        (("--profile", "empty.json"), "kedge: empty.json: Job inputs had no data"),
    ],
)
def test_what_cannot_be_judged_is_said(run, arguments, said):
    kedge.baseline(_rows(0, 100)).save("baseline")
    Path("empty.json").write_text('{"version": 1, "profiles": []}')
    code, printed = run("check", *arguments, "--baseline", "baseline")
    assert (code, printed[: len(said)]) == (2, said)


def test_python_takes_data_or_a_profile_and_not_both():
    with pytest.raises(SettingError, match="either data or profile="):
        kedge.check("live", "baseline", profile="p.json")
    with pytest.raises(SettingError, match="Leave out delimiter"):
        kedge.check(profile="p.json", baseline="baseline", delimiter=";")


# --- many reports ------------------------------------------------------------------------------------


def _replayed(run, *arguments: str) -> list[tuple[int, int, list[str], list[str]]]:
    code, printed = run("replay", *arguments, "--json")
    assert code == 0, printed
    windows = json.loads(printed)["windows"]
    return [(len(w["then"]), len(w["now"]), w["new"], w["gone"]) for w in windows]


def test_looser_constraints_make_alarms_go(run, hours):
    new = _constraints(comparison_threshold=0.3)
    assert _replayed(run, str(hours), "--constraints", new) == [
        (0, 0, [], []),
        (0, 0, [], []),
        (1, 0, [], ["miles"]),
        (1, 1, [], []),
    ]


def test_stricter_constraints_make_alarms_come(run, hours):
    new = _constraints(comparison_method="Simple", comparison_threshold=0.0, categorical_comparison_threshold=0.0)
    assert _replayed(run, str(hours), "--constraints", new)[0] == (0, 2, ["miles", "carrier"], [])


def test_unchanged_constraints_give_what_the_reports_say(run, hours):
    windows = _replayed(run, str(hours), "--constraints", "baseline/constraints.json")
    assert [(then, now) for then, now, *_ in windows] == [(0, 0), (0, 0), (1, 1), (1, 1)]


def test_what_only_the_rows_told_is_judged_by_what_the_report_remembers(run):
    few = {"name": "few", "expression": "miles < 2000"}
    kedge.baseline(_rows(0, 4000)).save("baseline")
    Path(_demanding([few], unique=True)).replace("baseline/constraints.json")
    run("check", _csv(_rows(1, 800)), "--baseline", "baseline", "--output", "reports/a")
    (same,) = _replayed(run, "reports", "--constraints", "baseline/constraints.json")
    assert same == (2, 2, [], [])
    other = [{"name": "new", "expression": "miles > 5"}, few | {"maximum_share": 0.5}]
    (looser,) = _replayed(run, "reports", "--constraints", _demanding(other, unique=False))
    assert looser == (2, 0, [], ["carrier", "few"])


def test_windows_come_by_time_whatever_their_folders_are_called(run, hours):
    (hours / "2024/05/01/00").rename(hours / "zzz")
    _, printed = run("replay", str(hours), "--constraints", _constraints(), "--json")
    starts = [window["window_start"] for window in json.loads(printed)["windows"]]
    assert starts == [f"2024-05-01T{hour:02d}:00:00Z" for hour in range(4)]


def test_a_report_is_judged_in_its_own_mode(run, hours):
    """A number in a text column is a mismatch to the service alone."""
    rows = _rows(9, 800).with_columns(carrier=pl.Series(["1", *"abc" * 266, "a"]))
    kedge.check(rows, "baseline", compat="sagemaker").save("other")
    report = json.loads(Path("other/report.json").read_text())
    _, printed = run("replay", "other", "--constraints", "baseline/constraints.json", "--json")
    (window,) = json.loads(printed)["windows"]
    assert window["now"] == report["findings"] != []


def test_reports_without_a_profile_are_replayed_from_their_statistics(run, hours):
    for file in hours.rglob("profile.json"):
        file.unlink()
    new = _constraints(comparison_threshold=0.3)
    assert [then - now for then, now, *_ in _replayed(run, str(hours), "--constraints", new)] == [0, 0, 1, 0]


def test_a_baseline_that_has_moved_is_named_by_hand(run, hours):
    new = _constraints()
    Path("baseline").rename("moved")
    code, printed = run("replay", str(hours), "--constraints", new)
    assert (code, "Name one for every report: --baseline baseline/" in printed) == (2, True)
    assert len(_replayed(run, str(hours), "--constraints", new, "--baseline", "moved")) == 4


def test_a_report_that_names_no_baseline_does_not_take_what_lies_about(run, hours):
    _constraints("constraints.json")
    (hours / "2024/05/01/00/report.json").unlink()
    code, printed = run("replay", str(hours), "--constraints", "constraints.json")
    assert (code, "It does not say which." in printed) == (2, True)


def test_the_table_shows_the_windows_that_fire(run, hours):
    _, printed = run("replay", str(hours), "--constraints", _constraints(comparison_threshold=0.3))
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    assert lines == [
        "▲ 1 of 4 windows would alarm, 2 did",
        "Window Then Now New Gone",
        "2024-05-01 02:00 to 03:00 UTC 1 0 miles",
        "2024-05-01 03:00 to 04:00 UTC 1 1",
        "2 windows quiet, then and now",
    ]


def test_the_picture_has_the_upper_half_of_what_fired_and_the_lower_of_what_would(run, hours):
    run("replay", str(hours), "--constraints", _constraints(comparison_threshold=0.3), "--output", "replay.html")
    page = Path("replay.html").read_text()
    row = page[page.index("<bdi>miles</bdi>") :]
    assert 'class="t" d="M2 50v-50h2v50z"' in row
    assert 'class="n" d="M3 50v50h1v-50z"' in row
    assert "http" not in page.partition("</head>")[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("baseline", "--constraints", "new.json"), "kedge: baseline: There is no report here, and none below."),
        (("nowhere", "--constraints", "new.json"), "kedge: nowhere: There is no report here, and none below."),
        (("reports", "--constraints", "none.json"), "kedge: none.json: "),
        (("reports", "--constraints", "new.json", "--output", "x.svg"), "kedge: x.svg: The output is not a .html"),
    ],
)
def test_what_cannot_be_replayed_is_said(run, hours, arguments, said):
    _constraints()
    code, printed = run("replay", *arguments)
    assert (code, printed[: len(said)]) == (2, said)


def test_profiles_that_remember_nothing_are_refused(hours):
    Path("empty.json").write_text('{"version": 1, "profiles": []}')
    with pytest.raises(InputError, match="no row"):
        kedge.check(profile="empty.json", baseline="baseline")
