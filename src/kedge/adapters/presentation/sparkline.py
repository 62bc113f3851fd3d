"""A line of figures in one line of text."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BARS: Final = "▁▂▃▄▅▆▇█"
NONE: Final = "·"


def sparkline(values: Sequence[float | None], width: int = 48) -> str:
    """Return values as bars between the smallest and the largest; ``·`` where there is none.

    Of more values than fit the largest of neighbours is shown, so that no peak is lost, between the bounds of all.

    >>> sparkline([1, 2, None, 8])
    '▁▂·█'
    >>> sparkline([1, 8, 1], width=1)
    '█'
    """
    shown = _fitted(values, width)
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(NONE if value is None else _bar(value, low, high) for value in shown)


def _bar(value: float, low: float, high: float) -> str:
    whole = high / 2 - low / 2  # halved, as the two may be as far apart as numbers go
    return BARS[round((value / 2 - low / 2) / whole * (len(BARS) - 1))] if whole > 0 else BARS[0]


def _fitted(values: Sequence[float | None], width: int) -> list[float | None]:
    if len(values) <= width:
        return list(values)
    ends = [len(values) * n // width for n in range(width + 1)]
    parts = [[value for value in values[a:b] if value is not None] for a, b in pairwise(ends)]
    return [max(part, default=None) for part in parts]
