from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console

from kedge.adapters.renderers import bias_tables, terminal
from kedge.adapters.renderers.bias_page import bias_page
from kedge.analysis.bias.documents import Performance, PerformanceMetric
from kedge.analysis.items import Items
from kedge.analysis.quality.summary import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.bias.report import BiasFinding
    from kedge.analysis.bias.summary import BiasReport

    Reports = Callable[..., BiasReport]
    Treated = Callable[..., BiasFinding]
    Text = Callable[[str], str]

HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "\u202eevil", "x" * 500, ""]
LIMIT = 300_000


def test_a_group_shows_each_metric_in_its_range_and_who_is_compared(
    bias_report: Reports, treated: Treated, text: Text
) -> None:
    html = bias_page(bias_report({"F": {"DPPL": 0.3}}, findings=[treated()]))
    assert "DPPL ▲ 0.3 0.25 to 0.35 0.1 ±0.1" in text(html)
    assert "sex=F 500 25% (25%) 20% (20%) all others 900" in text(html)
    assert [html.count(f'="{name}" x') for name in ("beyond", "limit", "middle")] == [2, 2, 1]


def test_a_group_shows_how_well_both_of_its_sides_are_answered(bias_report: Reports, text: Text) -> None:
    report = bias_report({"F": {"DPPL": 0.3}})
    report.statistics.facets["sex", "F"].disadvantaged.confusion = (80, 20, 100, 300)
    report.baseline.constraints.facets["sex", "F"].disadvantaged.confusion = (90, 10, 30, 370)
    told = text(bias_page(report))
    assert "Answers TP FP FN TN Accuracy Precision Recall sex=F 80 20 100 300 76% (92%) 80% (90%) 44.4% (75%)" in told


def test_what_fired_comes_first_and_is_open(bias_report: Reports, treated: Treated) -> None:
    window = {value: {"DPPL": 0.0, "RD": 0.3} for value in "ABCDF"}
    html = bias_page(bias_report(window, findings=[treated("RD")]))
    assert re.findall(r'<details id="(g\d)"( open)?>', html) == [
        ("g4", " open"), ("g0", ""), ("g1", ""), ("g2", ""), ("g3", ""),
    ]  # fmt: skip
    assert html.index('row"><bdi>RD</bdi>') < html.index('row"><bdi>DPPL</bdi>')


def test_what_is_the_same_for_everybody_stands_with_the_group_that_it_fired_in(
    bias_report: Reports, treated: Treated
) -> None:
    window = {value: {"DPPL": 0.0, "GE": 0.3} for value in "ABF"}
    html = bias_page(bias_report(window, findings=[treated("GE", 0.3, "F")]))
    assert html.count('row"><bdi>GE</bdi>') == 1
    assert html.count('row"><bdi>DPPL</bdi>') == 3
    assert html.index('row"><bdi>GE</bdi>') < html.index('id="g0"')


def test_a_baseline_tells_what_is_the_same_for_everybody_once(bias_report: Reports) -> None:
    learned = bias_report({value: {"DPPL": 0.0, "GE": 0.3} for value in "FM"}).baseline
    console = Console(width=100)
    with console.capture() as told:
        console.print(bias_tables.learned(learned))
    assert re.findall(r"^(\w+, sex=\w)", told.get(), re.MULTILINE) == ["DPPL, sex=F", "GE, sex=F", "DPPL, sex=M"]


def test_groups_too_small_are_named(bias_report: Reports, text: Text) -> None:
    told = text(bias_page(bias_report({"F": {"DPPL": 0.3}}, rows=12)))
    assert "No verdict: the smaller side has 12 rows, fewer than 30." in told
    assert "Too small for a verdict, with fewer than 30 rows on one side: sex=F (12)" in told
    assert "What fired" not in told


def test_why_a_metric_has_no_value_is_said_once(bias_report: Reports, text: Text) -> None:
    report = bias_report({"F": {"DCA": 0.1, "DCR": 0.1, "DI": 1.0}})
    for sides in report.summary.metrics[:2]:
        sides.value, sides.error = None, "No prediction is positive."
    told = text(bias_page(report))
    assert "DCA, DCR No prediction is positive." in told
    assert told.count("No prediction is positive.") == 1


def test_how_well_the_model_does_is_told_beside_the_baseline(bias_report: Reports, text: Text) -> None:
    report = bias_report({"F": {"DPPL": 0.0}})
    figures = [PerformanceMetric(name="Accuracy", value=0.75)]
    report.statistics.model_performance = Performance(
        model_performance_metrics=figures, binary_confusion_matrix=[0.25, 0.125, 0.125, 0.5]
    )
    told = text(bias_page(report))
    assert "Accuracy 0.75 –" in told
    assert "25% are rightly and 12.5% wrongly answered positive, 50% rightly and 12.5% wrongly negative" in told


def test_labels_that_lack_are_told(bias_report: Reports, text: Text) -> None:
    report = bias_report({"F": {"DPPL": 0.0}}, ground_truth=Coverage(captures=100, labelled=62))
    assert "62% of 100 rows have a label" in text(bias_page(report))


def test_the_page_refers_to_nothing_outside_itself(bias_report: Reports, treated: Treated) -> None:
    findings = [treated(), treated(value="gone")]
    html = bias_page(bias_report({"F": {"DPPL": 0.3}}, findings=findings))
    places = re.findall(r' id="([^"]*)"', html)
    assert set(re.findall(r'href="#([^"]*)"', html)) <= set(places)
    assert len(places) == len(set(places))
    assert not re.search(r"url\(|@import|https?:| style=| src=", html)


def test_names_from_the_data_are_escaped(bias_report: Reports, treated: Treated, text: Text) -> None:
    window = {name: {"DPPL": 0.3} for name in HOSTILE}
    findings = [treated(value=name, hint=name) for name in HOSTILE]
    html = bias_page(bias_report(window, findings=findings, roles={"label": HOSTILE[0]}))
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "x" * 301 not in html
    assert "\u202e" not in text(html)


def test_a_number_that_is_none_breaks_nothing(bias_report: Reports, text: Text) -> None:
    window = {"F": {"TE": math.inf, "DI": -math.inf, "KL": math.nan}}
    html = bias_page(bias_report(window))
    assert not re.search(r"\b(nan|inf)\b", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    assert "TE ∞" in text(html)


def test_a_report_without_its_baseline_is_drawn_alone(bias_report: Reports, text: Text) -> None:
    report = bias_report({"F": {"DPPL": 0.3}}, metrics=[], findings=[])
    object.__setattr__(report, "baseline", None)
    assert "sex=F 500 25% 20%" in text(bias_page(report))


def test_the_largest_page_stays_small(bias_report: Reports, treated: Treated) -> None:
    window = {f"value {place}": {f"M{k}": 0.3 for k in range(21)} for place in range(100)}
    findings = [treated(f"M{k}", 0.3, value) for value in window for k in range(21)]
    html = bias_page(bias_report(window, findings=findings))
    assert len(html.encode()) < LIMIT
    assert "The worst 12 of 100" in html


def test_the_terminal_shows_what_fired_and_show_the_rest(
    bias_report: Reports, treated: Treated, printed: Callable[..., str]
) -> None:
    report = bias_report({"F": {"DPPL": 0.3, "DI": 0.0}, "M": {"RD": 0.0}}, findings=[treated()])
    brief, all_of_it = printed(terminal.outcome(report)), printed(terminal.whole(report, Items.found(None)))
    assert brief.startswith("▲ 1 violation in 1 of 2 groups\n")
    assert "sex=F: 500 against 900 rows" in brief
    assert ("DI" in brief, "DI" in all_of_it, "sex=M" in brief, "sex=M" in all_of_it) == (False, True, False, True)


def test_the_terminal_shows_a_baseline(bias_report: Reports, printed: Callable[..., str]) -> None:
    baseline = bias_report({"F": {"DPPL": 0.3, "DI": 0.0}}).baseline
    assert terminal.extent(baseline) == "2 metrics of 1 group"
    assert "DPPL, sex=F" in printed(terminal.whole(baseline, Items.found(None)))


def test_nothing_is_wider_than_a_terminal(bias_report: Reports, treated: Treated, printed: Callable[..., str]) -> None:
    value = f"שלום 🙈 {'x' * 90}"
    window = {value: {"CDDPL": -0.0123456789, "KL": 1.234567e-6}}
    report = bias_report(window, findings=[treated("CDDPL", -0.0123456789, value, hint="Why " * 40)])
    for parts in (terminal.outcome(report), terminal.whole(report, Items.found(None))):
        assert max(map(cell_len, printed(parts).splitlines())) <= 80
