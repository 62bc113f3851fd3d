"""What a pipeline reads: annotations, JUnit XML, a failing test."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest

import kedge
from kedge.errors import InputError
from kedge.interfaces.cli import main
from kedge.testing import assert_no_violations

CALM = pl.DataFrame({"miles": [float(i * i) for i in range(1000)], "code": ["a", "b"] * 500})
WRONG = CALM.with_columns(pl.col("miles") / 3.280839895)


@pytest.fixture
def check(capsys, monkeypatch):
    CALM.write_csv("train.csv")
    WRONG.write_csv("wrong.csv")
    kedge.baseline("train.csv").save("baseline")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["kedge", "check", *arguments, "--baseline", "baseline"])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), *capsys.readouterr()

    return run


def test_annotations_follow_the_tables(check):
    code, printed, _ = check("wrong.csv", "--annotations", "github")
    assert (code, printed.splitlines()[-1].partition("::M")[0]) == (1, "::error title=miles%3A baseline drift")


def test_what_is_printed_before_them_cannot_be_a_command(check):
    _, printed, _ = check("wrong.csv", "--annotations", "github")
    (token,) = re.findall(r"\A::stop-commands::(\S{20,})\n", printed)
    assert printed.index("▲ 1 violation") < printed.index(f"\n::{token}::\n") < printed.index("::error")


def test_the_token_cannot_be_guessed(check):
    first, second = (check("wrong.csv", "--annotations", "github")[1].splitlines()[0] for _ in range(2))
    assert first != second


def test_one_output_is_for_one_reader(check):
    code, _, said = check("wrong.csv", "--annotations", "github", "--json")
    assert (code, said) == (2, "kedge: Both --json and --annotations print. Give one of them.\n")


def test_junit_is_written_beside_everything_else(check):
    code, printed, _ = check("wrong.csv", "--junit", "out/drift.xml", "--output", "report")
    assert (code, "▲ 1 violation" in printed, Path("report/report.json").exists()) == (1, True, True)
    assert [case.get("classname") for case in ElementTree.parse("out/drift.xml").iter("testcase") if len(case)] == [
        "miles"
    ]


def test_junit_needs_a_name_that_says_so(check):
    code, _, said = check("wrong.csv", "--junit", "drift.json", "--output", "report")
    assert (code, said.startswith("kedge: drift.json: The output is not a .xml file.")) == (2, True)
    assert not Path("report").exists()


def test_data_without_violations_passes():
    assert_no_violations(CALM, kedge.baseline(CALM))


def test_a_violation_fails_in_words(tmp_path):
    kedge.baseline(CALM).save(tmp_path / "baseline")
    with pytest.raises(AssertionError) as failed:
        assert_no_violations(WRONG, tmp_path / "baseline")
    first, second = str(failed.value).splitlines()
    assert first == "1 violation in 1 of 2 features"
    assert second.startswith("  error in miles, baseline drift: Median 249,001 → 75,896, ")


def test_no_verdict_is_an_error_and_no_failure():
    with pytest.raises(InputError):
        assert_no_violations("nowhere.csv", kedge.baseline(CALM))


def test_importing_the_assertion_needs_no_test_library():
    code = "import sys, kedge.testing; print({'hypothesis', 'pytest', 'numpy', 'duckdb'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_no_junit_is_written_where_a_script_failed_after_the_verdict(check):
    Path("post.py").write_text("def postprocess_handler():\n    raise ValueError('no')\n")
    code, _, said = check("wrong.csv", "--junit", "drift.xml", "--postprocess", "post.py")
    assert (code, "ValueError" in said, Path("drift.xml").exists()) == (2, True, False)
