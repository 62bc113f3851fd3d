"""Rows of tables, whatever they tell."""

from __future__ import annotations

from unicodedata import bidirectional

from rich.table import Table
from rich.text import Text

_WRAPPING = (
    *("Feature", "Metric", "Label", "Segment", "Why", "Most frequent", "Values", "Unusual"),
    *("Dimensions", "Namespace", "Alarms"),
)
_RIGHT_TO_LEFT = {"R", "AL", "AN"}


def add(table: Table, *cells: Text) -> None:
    """Add a row; marks keep a name that is read from right to left from turning the cells after it around."""
    if any(bidirectional(letter) in _RIGHT_TO_LEFT for cell in cells for letter in cell.plain):
        cells = tuple(Text(f"\N{LEFT-TO-RIGHT MARK}{cell.plain}", style=cell.style) for cell in cells)
    table.add_row(*cells)


def headed(*heads: str) -> Table:
    """Return an empty table; a head that starts with ``>`` is one of numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for head in heads:
        table.add_column(
            head.removeprefix(">"),
            justify="right" if head.startswith(">") else "left",
            no_wrap=head not in _WRAPPING,
            overflow="fold",
        )
    return table
