from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from kedge.adapters.presentation.told import Told, told
from kedge.adapters.renderers.github import github
from kedge.adapters.renderers.junit import junit

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.quality.report import MetricFinding
    from kedge.analysis.quality.summary import QualityReport

    Reports = Callable[..., QualityReport]
    Broken = Callable[..., MetricFinding]

ROWS: dict[str, Any] = {"subject": "rows", "check": "row count", "severity": "warning", "description": "", "gap": 1.0}


def test_numbers_are_said_once_and_what_is_not_known_is_not_said() -> None:
    each = Told(observed="9", expected="at least 1,000", sentence="The window has 9 rows.", **ROWS)
    assert each.in_full == "The window has 9 rows. Observed 9, expected at least 1,000."
    bare = Told(observed="0.5", expected="–", sentence="Half are whole.", **ROWS)
    assert bare.in_full == "Half are whole. Observed 0.5."


def test_in_full_has_plain_characters_only() -> None:
    each = Told(observed="–", expected="–", sentence="“\u2068x\u2069” 0%\xa0→\xa0 5%.", **ROWS)
    assert each.in_full == "“x” 0% →  5%."


def test_a_metric_that_says_the_same_is_counted_and_named_beside_the_other(
    quality_report: Reports, broken: Broken
) -> None:
    verdict = told(quality_report({}, findings=[broken("true_positive_rate"), broken("recall")]))
    assert [each.subject for each in verdict.violations] == ["true_positive_rate", "recall"]
    assert list(verdict.by_subject) == ["recall"]
    assert "So is true_positive_rate." in verdict.by_subject["recall"][0].sentence


def test_of_two_as_bad_that_of_all_rows_comes_first(quality_report: Reports, broken: Broken) -> None:
    findings = [broken("f1", 0.1, segment="SEX=2"), broken("recall", 0.5)]
    assert list(told(quality_report({}, findings=findings)).by_subject) == ["recall", "f1, SEX=2"]


def test_a_violation_tells_how_far_off_it_is_and_of_how_many_rows(quality_report: Reports, broken: Broken) -> None:
    detail = {"baseline": 0.82, "allowed": 0.03, "counted": 1606}
    (each,) = told(quality_report({}, findings=[broken("recall", detail=detail)])).violations
    assert each.in_full == (
        "The baseline had 0.82. Off by 0.3 where chance allows 0.03, over 1,606 rows. "
        "Observed 0.5, expected at least 0.8."
    )


def test_a_violation_of_the_service_speaks_for_itself(quality_report: Reports, broken: Broken) -> None:
    (each,) = told(quality_report({}, findings=[broken("recall", None, None)])).violations
    assert each.in_full == "Metric recall was LessThanThreshold"


def test_every_metric_that_is_demanded_is_a_test(quality_report: Reports, broken: Broken) -> None:
    block = {"recall": 0.5, "false_positive_rate": 0.1, "mcc": 0.3}
    xml = ElementTree.fromstring(junit(quality_report(block, block, findings=[broken("recall")])).encode())
    cases = [(case.get("classname"), case.get("name"), len(case)) for case in xml.iter("testcase")]
    assert cases == [("recall", "below threshold", 1), ("false_positive_rate", "above threshold", 0)]


def test_what_is_held_back_is_skipped(quality_report: Reports) -> None:
    report = quality_report({"recall": 0.5}, {"recall": 0.8}, held_back="38 % have a label.")
    xml = ElementTree.fromstring(junit(report).encode())
    assert (xml.get("tests"), xml.get("failures"), xml.get("skipped")) == ("1", "0", "1")
    assert [skipped.get("message") for skipped in xml.iter("skipped")] == ["38 % have a label."]
    assert list(github(report)) == ["::notice title=held back::38 %25 have a label."]
