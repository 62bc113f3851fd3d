"""Groups and their metrics for the terminal; readable at 80 columns and without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kedge.adapters.presentation import bias, quality
from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.words import count, number, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.adapters.presentation.bias_cards import GroupCard
    from kedge.analysis.bias.summary import BiasBaseline, BiasReport


def remarks(report: BiasReport) -> Iterator[Text]:
    """Yield what there is to know beside the verdict: labels, and who is too few."""
    if told := bias.held_back(report):
        yield Text(told)
    if told := quality.coverage(report.summary.ground_truth):
        yield Text(told)
    for name, rows in list(bias.small(report).items())[:5]:
        yield Text(f"No verdict on {plain(name)}: {count(rows, 'row')}, fewer than {bias.least(report):,}")


def groups(cards: list[GroupCard], total: int) -> Iterator[RenderableType]:
    """Yield a table for every group: its metrics, those that fired first."""
    for card in cards:
        table = headed("Metric", ">Window", ">95% interval", ">Baseline", ">Allowed", "")
        for row in card.rows:
            cells = (row.name, row.window, row.interval, row.baseline, row.allowed)
            add(table, *map(Text, cells), Text(row.mark, style="bold red"))
        sizes = " against ".join(side.rows for side in card.sides)
        yield from ("", Text(f"{card.name}: {sizes} rows" if sizes else card.name, style="bold"), table)
        for why, names in card.undefined.items():
            yield Text(f"{', '.join(map(plain, names))}: {plain(why, 300)}", style="dim")
    if total > len(cards):
        yield Text(f"and {count(total - len(cards), 'group')} more", style="dim")


def learned(baseline: BiasBaseline) -> RenderableType:
    """Return a baseline: every group with its metrics."""
    table = headed("Metric", ">Baseline", ">Allowed")
    for name, metric in bias.learned(baseline):
        told = (f"{metric.name}, {plain(name)}", number(metric.value), bias.spread(metric.allowed_range))
        add(table, *map(Text, told))
    return Group(Text(f"Baseline of {bias.extent(baseline)}", style="bold"), table)
