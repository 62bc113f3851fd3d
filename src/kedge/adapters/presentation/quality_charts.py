"""Curves and confusions as SVG, rounded to what the eye can see."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIZE = 1000  # of the view box of a curve, either way
SHADES = 10
_POINTS = 160
_DOTS = (9, 26)


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of a curve, in its view box."""

    x: int
    y: int
    r: int


def curve(xs: Sequence[float], ys: Sequence[float]) -> str:
    """Return a curve in the unit square as a path, thinned evenly along its length; empty where there is none.

    >>> curve([0, 0.5, 1], [0, 1, 1])
    'M0 1000L500 0 1000 0'
    """
    known = min(len(xs), len(ys))
    points = _thinned(_scaled(np.array(xs[:known], float), np.array(ys[:known], float)))
    if len(points) < 2:
        return ""
    (x, y), *others = points.tolist()
    return f"M{x} {y}L" + " ".join(f"{x} {y}" for x, y in others)


def dots(xs: Sequence[float], ys: Sequence[float], counts: Sequence[int]) -> list[Dot]:
    """Return the points of a curve, their area by how many rows are behind each; none of none."""
    top = max(counts, default=0) or 1
    shown = [(x, y, count / top) for x, y, count in zip(xs, ys, counts, strict=False) if count > 0]
    places = _scaled(*np.array([point[:2] for point in shown], float).reshape(-1, 2).T).tolist()
    radii = (round(_DOTS[0] + (_DOTS[1] - _DOTS[0]) * math.sqrt(share)) for *_, share in shown)
    return [Dot(x, y, r) for (x, y), r in zip(places, radii, strict=False)]


def shades(shares: NDArray[np.float64]) -> list[tuple[int, str]]:
    """Return a table of shares as cells one unit wide: of each shade the path of its cells, the lightest first."""
    levels = np.ceil(np.nan_to_num(shares) * SHADES).astype(int)
    return [
        (shade, "".join(f"M{x} {y}h1v1h-1z" for y, x in np.argwhere(levels == shade).tolist()))
        for shade in range(1, SHADES + 1)
        if (levels == shade).any()
    ]


def _scaled(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> NDArray[np.int64]:
    finite = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = np.clip(xs[finite], 0, 1), np.clip(ys[finite], 0, 1)
    return np.rint(np.column_stack([SIZE * xs, SIZE * (1 - ys)])).astype(np.int64)


def _thinned(points: NDArray[np.int64]) -> NDArray[np.int64]:
    if len(points) <= 1:
        return points
    steps = np.abs(np.diff(points, axis=0)).sum(axis=1)
    points, along = points[np.concatenate(([True], steps > 0))], np.concatenate(([0], np.cumsum(steps[steps > 0])))
    if len(points) <= _POINTS:
        return points
    # The ends are kept: a curve that does not reach its corner looks broken.
    kept = np.unique(np.searchsorted(along, np.linspace(0, along[-1], _POINTS)))
    return points[kept]
