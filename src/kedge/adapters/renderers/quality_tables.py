"""Metrics, segments and labels for the terminal; readable at 80 columns and without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kedge.adapters.presentation import quality
from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.told import MARKS
from kedge.adapters.presentation.words import NOTHING, count, number, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.adapters.presentation.quality_cards import SegmentTable
    from kedge.analysis.embeddings.summary import EmbeddingsReport
    from kedge.analysis.quality.summary import MetricSides, QualityBaseline, QualityReport

_MARK = MARKS["fired"]


def remarks(report: QualityReport) -> Iterator[Text]:
    """Yield what there is to know beside the verdict: labels, a biased sample, and what changed."""
    summary = report.summary
    if summary.held_back:
        yield Text(plain(summary.held_back, 300))
    if told := quality.coverage(summary.ground_truth):
        yield Text(told)
    if summary.selection:
        yield Text(f"{_MARK} {quality.biased(summary.selection)}", style="bold")
    for change in summary.changes:
        yield Text(f"→ {plain(change, 300)}")


def metrics(report: QualityReport | EmbeddingsReport, *, every: bool) -> RenderableType:
    """Return a row for every metric that is demanded or fired, or for ``every`` one, beside the baseline."""
    known = report.summary.metrics
    fired = {finding.metric_name for finding in report.summary.findings if finding.segment is None}
    told = [name for name, sides in known.items() if every or name in fired or sides.threshold is not None]
    constants = {name: known[name + quality.CONSTANT].value for name in told if name + quality.CONSTANT in known}
    table = headed("Metric", ">Window", ">Baseline", ">Threshold", *[">Constant"] * bool(constants), "")
    beside = {name + quality.CONSTANT for name in constants}
    for name in (name for name in told if name not in beside):
        cells = [*_sides(known[name]), *[number(constants.get(name))] * bool(constants)]
        add(table, Text(plain(name)), *map(Text, cells), Text(_MARK * (name in fired), style="bold red"))
    return table if table.row_count else Text("No metrics")


def _sides(sides: MetricSides) -> tuple[str, str, str]:
    window = quality.measured(sides.value, sides.standard_deviation)
    return window, number(sides.baseline), quality.bound(sides.operator, sides.threshold)


def segments(tables: list[SegmentTable], most: int) -> Iterator[RenderableType]:
    """Yield a table for every column, its worst segments first, ``most`` of each."""
    for told in tables:
        table = headed("Segment", ">Rows", *(f">{name}" for name in told.metrics), "")
        for row in told.rows[:most]:
            name = f"{told.column}={row.value}"
            add(table, *map(Text, (name, f"{row.count:,}", *row.values, row.mark)))
        yield from ("", table)
        if (more := told.total - min(most, len(told.rows))) > 0:
            yield Text(f"and {count(more, 'segment')} more", style="dim")


def learned(baseline: QualityBaseline) -> RenderableType:
    """Return a baseline: what was measured, and what is demanded."""
    demands, found = baseline.constraints.metrics, baseline.statistics
    rows = f" from {count(found.dataset.item_count, 'row')}" if found else ""
    title = Text(f"Baseline of {extent(baseline)}{rows}", style="bold")
    values = found.metrics.scalars if found else {}
    table = headed("Metric", ">Baseline", ">Threshold")
    for name in dict.fromkeys([*demands, *values]):
        value = quality.measured(values[name].value, values[name].spread) if name in values else NOTHING
        demand = demands.get(name)
        bound = quality.bound(demand.comparison_operator, demand.threshold) if demand else NOTHING
        add(table, *map(Text, (plain(name), value, bound)))
    return Group(title, table)


def extent(baseline: QualityBaseline) -> str:
    """Return how much a baseline demands."""
    demands = baseline.constraints
    return f"{count(len(demands.metrics), 'metric')} of {demands.problem}"
