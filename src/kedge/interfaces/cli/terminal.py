"""What a person sees while a command works: a progress bar on a terminal, nothing in a pipe."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NARROWEST = 72


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int], None]]:
    """Show how many rows were read so far."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda rows: bar.advance(task, rows)


def output(narrowest: int = NARROWEST) -> Console:
    """Return the console of standard output; in a pipe it is wide, so that no table is cut.

    On a terminal that is too narrow for a table lines go on below: that is better than to lose columns.
    """
    console = Console()
    width = max(console.width, narrowest) if console.is_terminal else 120
    return Console(width=width, markup=False)  # the [remote] of a command is text, not a style
