"""Distributions as SVG paths: baseline and window over the same bins, rounded to what the eye can see."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from kedge.adapters.presentation.words import number, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kedge.analysis.profile import Feature

HEIGHT = 100
_BINS = (8, 40)
_BODY = 0.02
# Up to here doubles hold halves; nearer to each other than this they are one place in a drawing.
_EXACT = 2.0**52
_LARGEST = 1e300
_MOST_BARS = 16
_MOST_CATEGORIES = 12
_LEAST_SHARE = 0.01
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Chart:
    """Two distributions in a view box ``width`` by ``HEIGHT``; a path is empty where nothing was seen.

    ``ticks`` are shares of the width with their labels; ``tails`` says what bars set apart hold.
    """

    width: int
    baseline: str
    window: str
    ticks: tuple[tuple[float, str], ...] = ()
    tails: str = ""


@dataclass(frozen=True)
class Category:
    """A category's share of the texts, None where there are none; all others together have no name."""

    name: str | None
    baseline: float | None
    window: float | None


@dataclass(frozen=True)
class _Axis:
    """``bins`` bins from ``low`` to ``high``, and a bin apart for what lies ``below`` and ``above``.

    Whole numbers that are few are drawn as ``bars``, one a number.
    """

    low: float
    high: float
    bins: int
    below: bool = False
    above: bool = False
    bars: bool = False

    @property
    def cuts(self) -> NDArray[np.float64]:
        """Where one bin ends and the next begins; the first and the last bin are open."""
        edges = np.linspace(self.low, self.high, self.bins + 1)
        return edges[0 if self.below else 1 : None if self.above else -1]

    @property
    def bar(self) -> int:
        """The width of a bin in the drawing."""
        return 3 if self.bars else 1

    @property
    def lefts(self) -> NDArray[np.int64]:
        """Where each bin begins in the drawing: bars stand apart, and so do the tails."""
        body = 2 * self.below + (4 if self.bars else 1) * np.arange(self.bins)
        return np.concatenate(([0] * self.below, body, [body[-1] + 2] * self.above)).astype(np.int64)

    @property
    def width(self) -> int:
        """How wide the drawing is."""
        return int(self.lefts[-1]) + self.bar

    def place(self, value: float) -> float:
        """Return where a value stands, as a share of the width."""
        unit = 4 if self.bars else 1
        bins = (value - self.low) / (self.high - self.low) * self.bins
        return (2 * self.below + unit * bins - (unit - self.bar) / 2) / self.width

    @property
    def ticks(self) -> list[float]:
        """A few round numbers between both ends."""
        rough = max((self.high - self.low) / 6, 1 if self.bars else 0)
        power = 10 ** math.floor(math.log10(rough))
        step = next(nice * power for nice in (1, 2, 5, 10) if nice * power >= rough * 0.999)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [step * place for place in range(first, last + 1)]


def length(share: float | None) -> str:
    """Return a share as a length in SVG, no finer than a screen shows.

    >>> length(0.10416), length(1.0), length(None)
    ('10.4%', '100%', '0%')
    """
    return f"{round(100 * (share or 0.0), 1):g}%"


def histogram(baseline: Feature, window: Feature) -> Chart | None:
    """Return both numeric distributions over common bins, or None where there are no numbers to draw."""
    axis = _axis([feature for feature in (baseline, window) if feature.kll.count])
    if axis is None:
        return None
    shares = _shares(baseline, axis.cuts), _shares(window, axis.cuts)
    places = map(axis.place, axis.ticks)
    ticks = tuple(zip(places, _labels(axis.ticks), strict=True))
    return Chart(axis.width, *_paths(*shares, axis.lefts, axis.bar), ticks, _tails(axis))


def bars(categories: Sequence[Category]) -> Chart | None:
    """Return the shares of categories as upright bars, side by side in the same order."""
    if not categories:
        return None
    baseline = np.array([category.baseline or 0.0 for category in categories])
    window = np.array([category.window or 0.0 for category in categories])
    lefts = 4 * np.arange(len(categories))
    return Chart(int(lefts[-1]) + 3, *_paths(baseline, window, lefts, 3))


def categories(baseline: Feature, window: Feature) -> list[Category]:
    """Return the most frequent categories of either side and, last, all others together.

    None are returned where every category is rare: ids and free text are not to be drawn.
    """
    sides = [feature.categories for feature in (baseline, window)]
    shares = {
        value: [side.counts.get(value, 0) / side.total if side.total else None for side in sides]
        for top in (side.top(_MOST_CATEGORIES) for side in sides)
        for value, _ in top
    }
    frequent = sorted(shares, key=lambda value: _larger(shares[value]), reverse=True)[:_MOST_CATEGORIES]
    if not frequent or _larger(shares[frequent[0]]) < _LEAST_SHARE:
        return []
    frequent.sort(key=lambda value: shares[value][0] or 0, reverse=True)
    rows = [Category(plain(value, 60), *shares[value]) for value in frequent]
    others = [
        1 - sum(shares[value][i] or 0 for value in frequent) if side.total else None for i, side in enumerate(sides)
    ]
    return [*rows, Category(None, *others)] if _larger(others) > _ROUNDING else rows


def columns(shares: Sequence[float], *, up: bool) -> str:
    """Return shares as columns one unit wide, up or down from a ground line in the middle of ``HEIGHT``.

    >>> columns([0, 0.5, 0.5, 1], up=True)
    'M1 50v-25h2v25zM3 50v-50h1v50z'
    """
    path, left, half = "", 0, HEIGHT // 2
    for share, group in groupby(shares):
        width, high = len(list(group)), round(half * share) * (-1 if up else 1)
        path += f"M{left} {half}v{high}h{width}v{-high}z" if high else ""
        left += width
    return path


def _larger(shares: Sequence[float | None]) -> float:
    return max(share or 0.0 for share in shares)


def _axis(features: Sequence[Feature]) -> _Axis | None:
    lows = [low for feature in features if (low := feature.extremes.min) is not None]
    highs = [high for feature in features if (high := feature.extremes.max) is not None]
    if not lows or not highs:
        return None
    low, high = min(lows), max(highs)
    largest = max(abs(low), abs(high))
    if largest > _LARGEST:
        return None
    whole = all(feature.types.integral and not feature.types.fractional for feature in features)
    if whole and high - low < _MOST_BARS and largest < _EXACT:
        return _Axis(low - 0.5, high + 0.5, int(high - low) + 1, bars=True)
    if high - low <= max(largest / _EXACT, 1 / _LARGEST):
        half = largest / 10 or 1.0
        return _Axis(low - half, low + half, 9)
    return _clipped(features, low, high, whole)


def _clipped(features: Sequence[Feature], low: float, high: float, whole: bool) -> _Axis:
    """Cut off a tail that is longer than the body, and would squeeze that into a few bins."""
    start = min(feature.kll.quantile(_BODY) for feature in features)
    end = max(feature.kll.quantile(1 - _BODY) for feature in features)
    body = end - start or math.inf
    below, above = start - low > body, high - end > body
    low, high = start - body / 2 if below else low, end + body / 2 if above else high
    bins = int(np.clip(2 * min(feature.kll.count for feature in features) ** (1 / 3), *_BINS))
    if whole:
        # A bin holds equally many whole numbers, or the bins would form a comb.
        low, high = math.floor(low), math.ceil(high)
        step = math.ceil((high - low + 1) / bins)
        bins = math.ceil((high - low + 1) / step)
        low, high = low - 0.5, low - 0.5 + step * bins
    return _Axis(low, high, bins, below, above)


def _shares(feature: Feature, cuts: NDArray[np.float64]) -> NDArray[np.float64]:
    if not feature.kll.count:
        return np.zeros(len(cuts) + 1)
    shares = np.diff(np.concatenate(([0.0], feature.kll.cdf(cuts, inclusive=True), [1.0])))
    # The exact ends may be too rare for the sketch to have kept them.
    ends = np.searchsorted(cuts, [end for end in (feature.extremes.min, feature.extremes.max) if end is not None])
    shares[ends] = np.maximum(shares[ends], 1 / feature.kll.count)
    return shares


def _paths(
    baseline: NDArray[np.float64], window: NDArray[np.float64], lefts: NDArray[np.int64], bar: int
) -> tuple[str, str]:
    top = max(baseline.max(), window.max()) or 1.0
    return _path(baseline / top, lefts, lefts + bar), _path(window / top, lefts, lefts + bar)


def _path(shares: NDArray[np.float64], lefts: NDArray[np.int64], rights: NDArray[np.int64]) -> str:
    """Walk from the ground over the bins and back to it; what is not nothing is at least a hair high."""
    if not shares.any():
        return ""
    down = f"V{HEIGHT}"
    tops = HEIGHT - np.where(shares > 0, np.maximum(1, np.rint(HEIGHT * shares)), 0).astype(int)
    apart = np.concatenate(([True], lefts[1:] > rights[:-1]))
    starts = np.flatnonzero(apart | np.concatenate(([True], np.diff(tops) != 0)))
    ends = np.append(starts[1:], len(tops)) - 1
    path = ""
    for start, end in zip(starts, ends, strict=True):
        if apart[start]:
            path += f"{down if path else ''}M{lefts[start]} {HEIGHT}"
        path += f"V{tops[start]}h{rights[end] - lefts[start]}"
    return path + down


def _labels(ticks: Sequence[float]) -> list[str]:
    for digits in range(3, 16):
        labels = [number(tick, digits) for tick in ticks]
        if len(set(labels)) == len(ticks):
            break
    return labels


def _tails(axis: _Axis) -> str:
    low, high = f"left bar: all up to {number(axis.low, 3)}", f"right bar: all above {number(axis.high, 3)}"
    return ", ".join([low] * axis.below + [high] * axis.above)
