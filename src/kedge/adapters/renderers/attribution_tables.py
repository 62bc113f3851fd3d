"""Labels and what their answers come from for the terminal; readable at 80 columns and without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from kedge.adapters.presentation import attribution
from kedge.adapters.presentation.rows import add, headed
from kedge.adapters.presentation.words import count, number, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.adapters.presentation.attribution_cards import LabelCard
    from kedge.analysis.attribution.summary import AttributionBaseline, AttributionReport


def remarks(report: AttributionReport) -> Iterator[Text]:
    """Yield what there is to know beside the verdict: what holds it back, and how many rows it speaks of."""
    if told := attribution.held_back(report):
        yield Text(told)
    if told := attribution.explained(report):
        yield Text(told)


def labels(cards: list[LabelCard], most: int) -> Iterator[RenderableType]:
    """Yield a table for every label with ``most`` of its features, those that moved first."""
    for card in cards:
        table = headed("Feature", ">Place", ">Window", ">Baseline", ">Share", "")
        for row in card.rows[:most]:
            mark = "→" if row.moved else ""
            add(table, *map(Text, (row.name, row.rank, row.window, row.baseline, row.share, row.mark or mark)))
        between = f" ({card.interval})" if card.interval else ""
        yield from ("", Text(f"{card.name}: NDCG {card.ndcg}{between}, {card.bound}", style="bold"), table)
        if (more := card.total - min(most, len(card.rows))) > 0:
            yield Text(f"and {count(more, 'feature')} more", style="dim")


def learned(baseline: AttributionBaseline) -> RenderableType:
    """Return a baseline: every label with its features, the most important first."""
    table = headed("Feature", ">Attribution", "Label")
    for label, found in baseline.constraints.labels.items():
        values = found.global_shap_values
        for name in sorted(values, key=lambda name: -abs(values[name])):
            add(table, *map(Text, (plain(name), number(values[name]), plain(label))))
    return Group(Text(f"Baseline of {attribution.extent(baseline)}", style="bold"), table)
