from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console

from kedge.adapters.renderers import terminal
from kedge.analysis.items import Items
from kedge.analysis.quality.report import Selected
from kedge.analysis.quality.summary import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kedge.analysis.quality.report import MetricFinding
    from kedge.analysis.quality.summary import QualityReport

    Reports = Callable[..., QualityReport]
    Broken = Callable[..., MetricFinding]

LONGEST = "expected_calibration_error"


def shown(parts: Iterable[Any], width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    for part in parts:
        console.print(part)
    return str(console.file.getvalue())  # type: ignore[attr-defined]


def segment(rows: int, recall: float) -> dict[str, Any]:
    return {"item_count": rows, "recall": {"value": recall, "standard_deviation": 0.02}}


def test_a_baseline_says_what_is_demanded_of_which_problem(quality_report: Reports) -> None:
    report = quality_report({}, {"recall": 0.8, "f1": 0.7, "mcc": 0.6})
    assert terminal.extent(report.baseline) == "2 metrics of BinaryClassification"
    text = shown(terminal.whole(report.baseline, Items.found(None)))
    assert [line.split() for line in text.splitlines()[2:]] == [
        ["recall", "0.8", "≥", "0.8"],
        ["f1", "0.7", "≥", "0.7"],
        ["mcc", "0.6", "–"],
    ]


def test_the_verdict_counts_metrics_and_segments(quality_report: Reports, broken: Broken) -> None:
    findings = [broken("recall"), broken("recall", segment="a=1"), broken("f1", segment="a=1")]
    report = quality_report({"recall": 0.5, "f1": 0.5}, {"recall": 0.8, "f1": 0.8}, findings=findings)
    assert shown(terminal.outcome(report)).startswith("▲ 3 violations in 1 of 2 metrics and 1 segment\n")


def test_a_verdict_that_is_held_back_has_a_mark_of_its_own(quality_report: Reports) -> None:
    text = shown(terminal.outcome(quality_report({"recall": 0.5}, {"recall": 0.8}, held_back="38 % have a label.")))
    assert text.startswith("○ Held back: too few rows have a label\n38 % have a label.\n")
    assert not {"✓", "▲"} & set(text)


def test_coverage_is_told_in_a_line(quality_report: Reports) -> None:
    ages = {"age_p50_seconds": 10_800, "age_p90_seconds": 93_600}
    found = Coverage(captures=1234, labelled=765, labels=770, orphans=3, corrected=2, **ages)
    text = " ".join(shown(terminal.outcome(quality_report({"recall": 0.5}, ground_truth=found))).split())
    told = "62% of 1,234 captures have a label; half of them within 3 h, nine tenths within 26 h; "
    assert told + "3 labels without a capture, 2 corrected" in text


def test_a_biased_sample_and_changes_are_told_before_the_figures(quality_report: Reports) -> None:
    selected = [Selected(feature="amount", distance=0.3, threshold=0.1, method="Robust")]
    report = quality_report({"recall": 0.5}, {"recall": 0.5}, selection=selected, changes=["f1 went from 1 to 0."])
    lines = shown(terminal.outcome(report), 120).splitlines()
    assert lines[1].startswith("▲ Labelled rows differ from unlabelled ones in amount")
    assert lines[2] == "→ f1 went from 1 to 0."


def test_a_check_shows_what_is_demanded_and_show_the_rest(quality_report: Reports) -> None:
    report = quality_report({"recall": 0.5, "mcc": 0.4}, {"recall": 0.8, "mcc": 0.6})
    assert "mcc" not in shown(terminal.outcome(report))
    assert "mcc" in shown(terminal.whole(report, Items.found(None)))


def test_the_constant_answer_stands_beside_the_metric(quality_report: Reports) -> None:
    block = {"accuracy": 0.9, "accuracy_best_constant_classifier": 0.7}
    (line,) = [
        line for line in shown(terminal.outcome(quality_report(block, block))).splitlines() if "accuracy" in line
    ]
    assert line.split() == ["accuracy", "0.9", "±", "0.01", "0.9", "≥", "0.9", "0.7"]


def test_nothing_is_wider_than_a_terminal(quality_report: Reports, broken: Broken) -> None:
    names = {LONGEST: 0.09123, "false_positive_rate": 0.03456, "precision_best_constant_classifier": 0.1}
    segments = {"a_long_column": {f"שלום 🙈 {'x' * 90}": segment(123456, 0.5123)}}
    findings = [broken(LONGEST, hint="Why " * 40), broken("recall", segment=f"a_long_column={'x' * 90}")]
    report = quality_report(names, names, segments=segments, findings=findings)
    for parts in (terminal.outcome(report), terminal.whole(report, Items.found(None))):
        lines = shown(parts).splitlines()
        assert max(map(cell_len, lines)) <= 80
        assert any(line.startswith(LONGEST) for line in lines)


def test_of_many_segments_the_worst_are_shown(quality_report: Reports) -> None:
    segments = {"plan": {f"p{place:02}": segment(300, place / 100) for place in range(30)}}
    lines = shown(terminal.outcome(quality_report({"recall": 0.5}, segments=segments))).splitlines()
    assert [line.split()[0] for line in lines[-6:]] == [*(f"plan=p0{place}" for place in range(5)), "and"]
    assert lines[-1] == "and 25 segments more"


def test_a_part_has_one_row_with_the_worst(quality_report: Reports, broken: Broken) -> None:
    findings = [broken("f1", 0.7, segment="a=1"), broken("recall", 0.2, segment="a=1")]
    text = shown(terminal.outcome(quality_report({"recall": 0.5}, findings=findings)), 120)
    assert "recall, a=1 below threshold      0.2 at least 0.8 Off by 0.6. And 1 more." in text
    assert "f1, a=1" not in text
