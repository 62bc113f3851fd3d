from __future__ import annotations

from math import inf, sqrt
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from kedge.adapters.presentation.told import told
from kedge.adapters.renderers.junit import junit

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.bias.report import BiasFinding
    from kedge.analysis.bias.summary import BiasReport

    Reports = Callable[..., BiasReport]
    Treated = Callable[..., BiasFinding]


def test_the_verdict_counts_groups(bias_report: Reports, treated: Treated) -> None:
    window = {"F": {"DPPL": 0.3, "DI": 0.3}, "M": {"DPPL": 0.0}}
    assert told(bias_report(window)).line == "No violations in 3 metrics of 2 groups"
    findings = [treated("DPPL"), treated("DI")]
    assert told(bias_report(window, findings=findings)).line == "2 violations in 1 of 2 groups"


def test_a_violation_tells_the_range_and_where_the_metric_lies(bias_report: Reports, treated: Treated) -> None:
    (each,) = told(bias_report({"F": {"DPPL": 0.3}}, findings=[treated(hint="The others moved.")])).violations
    assert (each.subject, each.check, each.part) == ("DPPL, sex=F", "out of range", "sex=F")
    assert each.in_full == (
        "The baseline had 0.1. With 95% confidence it lies from 0.25 to 0.35. The others moved. "
        "Observed 0.3, expected ±0.1."
    )


def test_what_the_service_found_is_held_against_the_size_of_its_baseline(
    bias_report: Reports, treated: Treated
) -> None:
    finding = treated(allowed_range=None, interval=None, expected=-0.1)
    (each,) = told(bias_report({}, mode="sagemaker", findings=[finding])).violations
    assert (each.check, each.observed, each.expected) == ("further than baseline", "0.3", "±0.1")
    assert each.gap == pytest.approx(0.2)


def test_a_violation_of_the_service_speaks_for_itself(bias_report: Reports, treated: Treated) -> None:
    (each,) = told(bias_report({}, mode="sagemaker", findings=[treated(observed=None)])).violations
    assert each.in_full == "Metric value 0.3 doesn't meet 0.1"


def test_of_two_outcomes_three_metrics_say_what_the_difference_says(bias_report: Reports, treated: Treated) -> None:
    figures = {"DPL": -0.3, "TVD": 0.3, "LP": 0.3 * sqrt(2), "KL": 0.3}
    verdict = told(bias_report({}, findings=[treated(name, value) for name, value in figures.items()]))
    assert [each.subject for each in verdict.violations if each.echo] == ["TVD, sex=F", "LP, sex=F"]
    assert "So are TVD and LP." in verdict.violations[0].sentence


def test_what_is_of_all_rows_is_told_of_one_group_only(bias_report: Reports, treated: Treated) -> None:
    findings = [treated("GE", 0.3, value) for value in "FM"]
    verdict = told(bias_report({}, findings=findings))
    assert [each.echo for each in verdict.violations] == [False, True]
    assert verdict.line == "2 violations in 1 of 1 group"


def test_what_is_behind_several_is_said_once_with_whom_it_is_about(bias_report: Reports, treated: Treated) -> None:
    findings = [treated("DPPL", hint="It fell."), treated("RD", hint="It rose. It fell."), treated("DI", 0.3, "M")]
    verdict = told(bias_report({}, findings=findings))
    (pattern,) = verdict.common
    assert (pattern.description, pattern.features) == ("sex=F: It rose. It fell.", ["DPPL", "RD"])
    assert not any("It fell." in each.sentence for each in verdict.violations)


def test_every_metric_that_is_judged_is_a_test(bias_report: Reports, treated: Treated) -> None:
    report = bias_report({"F": {"DPPL": 0.3, "DI": 0.0, "TE": inf}}, findings=[treated()])
    cases = [
        (case.get("classname"), case.get("name"), len(case))
        for case in ElementTree.fromstring(junit(report).encode()).iter("testcase")
    ]
    assert cases == [("DPPL, sex=F", "out of range", 1), ("DI, sex=F", "out of range", 0)]


def test_groups_that_are_all_too_small_have_no_verdict(bias_report: Reports) -> None:
    verdict = told(bias_report({"F": {"DPPL": 0.3}}, rows=29))
    assert (verdict.mark, verdict.line) == ("○", "Held back: no metric could be judged")
    assert verdict.held_back == "Every group has fewer than 30 rows on one of its sides."


def test_the_service_judges_groups_of_any_size(bias_report: Reports) -> None:
    verdict = told(bias_report({"F": {"DPPL": 0.3}}, rows=29, mode="sagemaker"))
    assert (verdict.mark, len(verdict.demanded)) == ("✓", 1)
