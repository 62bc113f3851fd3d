from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars
import pytest

import kedge
from kedge.adapters.renderers.github import github

if TYPE_CHECKING:
    from kedge.analysis.report import Report

CALM = {"a": list(range(100)), "b": list(range(100))}


def checked(baseline: dict[str, Any], window: dict[str, Any]) -> Report:
    return kedge.check(polars.DataFrame(window), kedge.baseline(polars.DataFrame(baseline))).report


def unescaped(text: str) -> str:
    """Read as the runner does: the percent sign last."""
    for code, sign in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(code, sign)
    return text


def test_without_violations_nothing_is_printed() -> None:
    assert list(github(checked(CALM, CALM))) == []


def test_a_violation_is_a_command_at_the_level_of_its_severity() -> None:
    (line,) = github(checked(CALM, CALM | {"b": [None] * 5 + list(range(95))}))
    assert line == ("::warning title=b%3A completeness::5 of 100 values are missing. Observed 95%25, expected 100%25.")


@pytest.mark.parametrize("name", ["a,b: 100%", "50%0Aoff", "::error::x", "100%25"])
def test_a_name_comes_out_as_it_went_in(name: str) -> None:
    (line,) = github(checked(CALM | {name: CALM["a"]}, CALM))
    command, _, message = line.removeprefix("::").partition("::")
    assert (unescaped(command), message[:12]) == (f"error title={name}: missing column", "The baseline")
    assert not set(command.partition("=")[2]) & set(":,")


def test_a_name_with_a_line_break_stays_one_command() -> None:
    (line,) = github(checked(CALM | {"x\n::error::y": CALM["a"]}, CALM))
    assert "\n" not in line


def test_what_violations_have_in_common_comes_before_them() -> None:
    baseline = CALM | {f"gone{i}": CALM["a"] for i in range(4)}
    first, *rest = github(checked(baseline, CALM))
    assert first == "::notice title=gone0%2C gone1%2C gone2 and 1 more::4 of the baseline's 6 columns are missing."
    assert len(rest) == 4
