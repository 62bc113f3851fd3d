"""Similarities, tests and far rows for the terminal; readable at 80 columns and without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kedge.adapters.presentation import embeddings, quality
from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.words import NOTHING, count, number, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.embeddings.summary import EmbeddingsBaseline, EmbeddingsReport


def tests(report: EmbeddingsReport) -> Iterator[RenderableType]:
    """Yield a row for every test, where there is any."""
    table = headed("Test", ">Value", ">p-value", ">Sampled rows")
    for cells in embeddings.tests(report):
        add(table, *map(Text, cells))
    if table.row_count:
        yield from ("", table)


def farthest(report: EmbeddingsReport, most: int) -> Iterator[RenderableType]:
    """Yield the rows farthest from the baseline, ``most`` of them."""
    table = headed(">Row", ">Similarity", "Its other columns")
    for far in report.summary.farthest[:most]:
        add(table, Text(f"{far.position:,}"), Text(number(far.similarity, 3)), Text(embeddings.row(far)))
    if table.row_count:
        yield from ("", table)


def learned(baseline: EmbeddingsBaseline) -> RenderableType:
    """Return a baseline: what was measured, and what is demanded."""
    demands, found = baseline.constraints.embedding_constraints.metrics, baseline.statistics
    rows = f", from {count(found.dataset.item_count, 'row')}" if found else ""
    title = Text(f"Baseline of {embeddings.extent(baseline)}{rows}", style="bold")
    values = found.embedding_metrics.scalars if found else {}
    table = headed("Metric", ">Baseline", ">Threshold")
    for name in dict.fromkeys([*demands, *values]):
        value = quality.measured(values[name].value, values[name].spread) if name in values else NOTHING
        demand = demands.get(name)
        bound = quality.bound(demand.comparison_operator, demand.threshold) if demand else NOTHING
        add(table, *map(Text, (plain(name), value, bound)))
    return Group(title, table)
