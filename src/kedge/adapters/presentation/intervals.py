"""Metrics with their intervals as SVG: baseline and window on one scale, and where they may lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.adapters.presentation.charts import length

if TYPE_CHECKING:
    from collections.abc import Iterable

Range = tuple[float, float]

DEVIATIONS = 2  # an interval reaches so many to either side
_MARGIN = 0.06
# Of metrics up to 1 as a difference, of larger ones as a share.
_LEAST = 0.08


@dataclass(frozen=True, slots=True)
class Reach:
    """A metric and the ends of its interval."""

    value: float
    low: float
    high: float


def reach(value: float | None, deviation: float | None = None) -> Reach | None:
    """Return a metric with its standard deviation as far as it is drawn; None where there is no number.

    >>> reach(0.5, 0.1), reach(None)
    (Reach(value=0.5, low=0.3, high=0.7), None)
    """
    if value is None or not math.isfinite(value):
        return None
    half = DEVIATIONS * (deviation if deviation is not None and math.isfinite(deviation) else 0.0)
    return Reach(value, value - half, value + half)


def within(value: float | None, interval: Range | None) -> Reach | None:
    """Return a metric with its interval; None where there is no number.

    >>> within(0.5, (0.4, 0.7)), within(float("inf"), None)
    (Reach(value=0.5, low=0.4, high=0.7), None)
    """
    known = interval is not None and all(map(math.isfinite, interval))
    found = reach(value)
    return Reach(found.value, *interval) if found and interval and known else found


def ends(*reaches: Reach | None) -> list[float]:
    """Return the ends of the intervals of metrics, for a scale."""
    return [end for found in reaches if found for end in (found.low, found.high)]


@dataclass(frozen=True, slots=True)
class Mark:
    """A metric with its interval: places as lengths in SVG."""

    at: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Interval:
    """A metric of baseline and window on one scale.

    ``limits`` are the ends of where it may lie, ``beyond`` the parts outside of them, from and width; ``middle`` is
    what it is compared with. ``bar`` goes from 0 to the baseline.
    """

    baseline: Mark | None
    window: Mark | None
    limits: tuple[str, ...] = ()
    beyond: tuple[tuple[str, str], ...] = ()
    middle: str | None = None
    bar: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """Where numbers stand in a chart, from its left end to its right end."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterable[float], least: float = _LEAST) -> Scale:
        """Return a scale that shows all of these, and does not blow up what is closer together than ``least``."""
        shown = [value for value in values if math.isfinite(value)] or [0.0]
        low, high = min(shown), max(shown)
        middle, size = (low + high) / 2, max(abs(low), abs(high))
        half = (max(high - low, least * (size if size > 1 else 1.0)) or 1.0) * (0.5 + _MARGIN)
        return cls(middle - half, middle + half)

    def share(self, value: float) -> float:
        """Return the share of the width that lies left of a value."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def mark(self, found: Reach | None) -> Mark | None:
        """Return where a metric stands, or None where there is none."""
        if found is None:
            return None
        return Mark(*(length(self.share(each)) for each in (found.value, found.low, found.high)))

    def interval(
        self, baseline: Reach | None, window: Reach | None, allowed: Range | None = None, middle: float | None = None
    ) -> Interval:
        """Return both sides of a metric, where it may lie, which may be without end, and what it is compared with."""
        limits = [end for end in allowed or () if math.isfinite(end)]
        low, high = map(self.share, allowed or (-math.inf, math.inf))
        return Interval(
            baseline=self.mark(baseline),
            window=self.mark(window),
            limits=tuple(length(self.share(end)) for end in limits),
            beyond=tuple(
                (length(start), length(end - start)) for start, end in ((0.0, low), (high, 1.0)) if end > start
            ),
            middle=None if middle is None or not math.isfinite(middle) else length(self.share(middle)),
        )

    def bar(self, value: float) -> tuple[str, str]:
        """Return where a bar from 0 to a value starts, and how wide it is."""
        start, end = sorted((self.share(0.0), self.share(value)))
        return length(start), length(end - start)
