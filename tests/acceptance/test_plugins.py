"""A statistic, a distance and a check that are not ours: from a folder of the project, and from a package."""

from __future__ import annotations

import json
import tomllib
from contextlib import chdir
from pathlib import Path
from shutil import copytree

import polars as pl
import pytest

import kedge
from kedge.errors import DocumentError, PluginError, SettingError

EXAMPLE = Path(__file__).parents[2] / "examples/plugin"
EVEN = pl.DataFrame({"miles": range(1000), "carrier": ["a", "b"] * 500})
LEANING = pl.DataFrame({"miles": [value**2 / 1000 for value in range(1000)], "carrier": ["a", "b"] * 500})

STATISTIC = """
def zeros(feature):
    return feature.kll.count and float(feature.kll.rank([0.0])[0]) or None
"""
CHECK = """
from kedge.analysis.report import Finding

def shrunk(comparison):
    before, now = comparison.baseline, comparison.window
    if before and now and now.types.total < before.types.total / 2:
        return Finding(feature_name=comparison.name, constraint_check_type="shrunk_check", description="Half is gone.")
"""
WINDOW_CHECK = """
from kedge.analysis.report import Finding

JUDGES = "window"

def counted(whole):
    yield Finding(feature_name="", constraint_check_type="counted_check", description=f"{whole.rows} rows.")
"""
DISTANCE = """
COMPARES = ("numbers",)

def count_ratio(baseline, window):
    return abs(1 - window.kll.count / baseline.kll.count) if baseline.kll.count else None
"""


@pytest.fixture(scope="module")
def _learned(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("learned")
    with chdir(folder):
        kedge.baseline(EVEN).save("baseline")
    return folder


@pytest.fixture
def baseline(_learned) -> str:
    copytree(_learned, ".", dirs_exist_ok=True)
    return "baseline"


def _write(code: str, name: str) -> Path:
    file = Path("plugins", name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
    return file


def _demand(feature: int = 0, **changes: object) -> None:
    file = Path("baseline/constraints.json")
    constraints = json.loads(file.read_text())
    constraints["features"][feature] |= changes
    file.write_text(json.dumps(constraints))


# --- a folder of the project -------------------------------------------------------------------------


def test_a_check_in_a_file_finds_what_it_looks_for(baseline):
    _write(CHECK, "check/shrunk.py")
    found = kedge.check(EVEN.head(100), baseline, plugins="plugins").violations
    assert ("miles", "shrunk_check", "Half is gone.") in [tuple(v.model_dump().values())[:3] for v in found]


def test_a_check_of_the_whole_window_finds_what_it_looks_for(baseline):
    _write(WINDOW_CHECK, "check/counted.py")
    found = kedge.check(EVEN.head(990), baseline, plugins="plugins").violations
    assert [violation.description for violation in found] == ["990 rows."]


def test_nothing_is_loaded_that_was_not_named(baseline):
    _write("raise SystemExit('loaded')", "check/shrunk.py")
    assert kedge.check(EVEN, baseline).violations == ()


@pytest.mark.parametrize("how", ["file", "environment", "flag"])
def test_the_folder_is_a_setting(run, baseline, monkeypatch, how):
    _write(CHECK, "check/shrunk.py")
    EVEN.head(100).write_csv("few.csv")
    if how == "file":
        Path("kedge.toml").write_text('plugins = "plugins"')
    if how == "environment":
        monkeypatch.setenv("KEDGE_PLUGINS", "plugins")
    flag = ["--plugins", "plugins"] if how == "flag" else []
    assert "Half is gone." in run("check", "few.csv", "--baseline", baseline, *flag)[1]


def test_a_distance_is_named_by_a_constraint(baseline):
    _write(DISTANCE, "distance/count_ratio.py")
    _demand(monitoring_config_overrides={"distribution_constraints": {"comparison_method": "count_ratio"}})
    result = kedge.check(EVEN.head(400), baseline, plugins="plugins")
    assert result.report.summary.distances["miles"].model_dump() == {
        "distance": 0.6,
        "threshold": 0.1,
        "method": "count_ratio",
        "p_value": False,
    }


def test_a_distance_that_no_plugin_has_is_refused(baseline):
    _demand(monitoring_config_overrides={"distribution_constraints": {"comparison_method": "count_ratio"}})
    with pytest.raises(DocumentError, match="count_ratio"):
        kedge.check(EVEN, baseline)


def test_a_statistic_is_told_of_both_sides_wherever_a_report_is_read(run, baseline):
    _write(STATISTIC, "statistic/zeros.py")
    kedge.check(EVEN.with_columns(miles=pl.lit(0)), baseline, plugins="plugins").save("report")
    statistics = json.loads(Path("report/report.json").read_text())["statistics"]
    assert statistics == {"zeros": {"miles": {"baseline": 1.0, "window": 1000.0}}}
    page = Path("report/report.html").read_text()
    assert "<tr><th>zeros<td>1<td>1,000" in page
    _, shown = run("show", "report")
    assert ["zeros", "miles", "1", "1,000"] in [line.split() for line in shown.splitlines()]


def test_a_statistic_is_told_of_a_baseline(run, baseline):
    _write(STATISTIC, "statistic/zeros.py")
    _, shown = run("show", baseline, "--plugins", "plugins")
    assert ["zeros", "miles", "1", "–"] in [line.split() for line in shown.splitlines()]


def test_stored_windows_are_replayed_with_plugins(run, baseline):
    kedge.check(EVEN.head(100), baseline).save("reports/1")
    _write(CHECK, "check/shrunk.py")
    command = ["replay", "reports", "--constraints", "baseline/constraints.json", "--baseline", baseline, "--json"]
    _, printed = run(*command, "--plugins", "plugins")
    checks = {finding["constraint_check_type"] for finding in json.loads(printed)["windows"][0]["now"]}
    assert "shrunk_check" in checks


# --- what is wrong with a plugin is said -------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("check/a.py", "def b(comparison): ...", r"plugins/check/a\.py: It defines no function 'a'\."),
        ("check/a.py", "\nimport nowhere", r"plugins/check/a\.py:2: The check 'a' fails: ModuleNotFoundError"),
        ("check/a.py", "raise SystemExit(0)", r"plugins/check/a\.py:1: The check 'a' fails: SystemExit"),
        ("check/a.py", "\n\ndef a(:\n", r"plugins/check/a\.py:3: The check 'a' fails: SyntaxError"),
        ("check/a.py", "def a(c):\n    return 1 / 0", r"plugins/check/a\.py:2: The check 'a' fails: ZeroDivisionError"),
        ("check/a.py", 'JUDGES = "window"\ndef a(w):\n    yield 1 / 0', r"check/a\.py:3: The check 'a' fails: ZeroDiv"),
        ("check/a.py", "def a(c):\n    return 'bad'", r"plugins/check/a\.py: The check 'a' returned 'bad'\."),
        ("check/a.py", "def a(c):\n    c.statistic('b')", r"plugins/check/a\.py:2: .*no plugin has a statistic 'b'"),
        (
            "statistic/a.py",
            "def a(f):\n    return 'x'",
            r"plugins/statistic/a\.py: .*'a' fails: ValueError",
        ),
        ("check/completeness.py", "", r"There is a check 'completeness' already, of kedge\. Give it another name"),
        ("checks/a.py", "", r"plugins/checks: This is not in a folder of its kind\. Did you mean 'check'\?"),
        ("a.py", "", r"plugins/a\.py: This is not in a folder of its kind\."),
    ],
)
def test_what_is_wrong_with_a_plugin_is_said(baseline, name, code, said):
    _write(code, name)
    with pytest.raises(PluginError, match=said):
        kedge.check(EVEN, baseline, plugins="plugins")


def test_a_statistic_is_never_nan(baseline):
    _write("def a(feature):\n    return float('nan')", "statistic/a.py")
    assert kedge.check(EVEN, baseline, plugins="plugins").report.summary.statistics == {"a": {}}


def test_a_folder_that_is_not_there_is_said(baseline):
    with pytest.raises(SettingError, match="nowhere: plugins: There is no such folder"):
        kedge.check(EVEN, baseline, plugins="nowhere")


def test_helpers_of_plugins_are_passed_over(baseline):
    _write("raise ValueError", "check/_helper.py")
    _write("raise ValueError", "_helper.py")
    assert kedge.check(EVEN, baseline, plugins="plugins").violations == ()


def test_doctor_says_where_each_plugin_comes_from_and_what_ails_it(run):
    _write(CHECK, "check/shrunk.py")
    _write("import nowhere", "check/bad.py")
    code, printed = run("doctor", "--plugins", "plugins")
    rows = [" ".join(line.split()) for line in printed.splitlines()]
    assert code == 2
    assert "shrunk check plugins/check/shrunk.py fine" in rows
    assert "bad check plugins/check/bad.py fails" in rows
    assert any(row.startswith("plugins/check/bad.py:1: The check 'bad' fails: ModuleNotFoundError") for row in rows)


# --- a package ---------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The example, as an installation leaves it: its metadata on the path, beside its modules."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    metadata = tmp_path / f"site/{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir(parents=True)
    groups = project["entry-points"].items()
    points = [f"[{group}]\n" + "\n".join(f"{n} = {v}" for n, v in named.items()) for group, named in groups]
    (metadata / "entry_points.txt").write_text("\n".join(points))
    (metadata / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    monkeypatch.syspath_prepend(metadata.parent)


def test_the_worked_example_takes_part(installed, baseline):
    override = {"distribution_constraints": {"comparison_method": "median_shift"}}
    _demand(lopsided_beyond=0.2, monitoring_config_overrides=override)
    result = kedge.check(LEANING, baseline)
    findings = {v.constraint_check_type: v for v in result.violations}
    assert findings["lopsided_check"].observed == pytest.approx(0.25, abs=0.01)
    assert findings["baseline_drift_check"].detail["method"] == "median_shift"
    assert result.report.summary.statistics["lopsidedness"]["miles"].baseline == pytest.approx(0, abs=0.01)


def test_doctor_names_the_package_that_brings_an_item(installed, run):
    code, printed = run("doctor")
    rows = [" ".join(line.split()) for line in printed.splitlines()]
    assert (code, "median_shift distance kedge-lopsided fine" in rows) == (0, True)


def test_two_plugins_of_one_name_are_refused(installed, baseline):
    file = _write("def lopsided(comparison): ...", "check/lopsided.py")
    with pytest.raises(PluginError, match=rf"^{file}: There is a check 'lopsided' already, of kedge-lopsided"):
        kedge.check(EVEN, baseline, plugins="plugins")
