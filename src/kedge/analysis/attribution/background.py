"""The background: a few rows that stand for all, where none are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.attribution.table import Table
from kedge.analysis.hashing import hash_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST: Final = 12  # clusters, where their number is not given
_STARTS: Final = 4
_ROUNDS: Final = 50
_CATEGORY: Final = 0.5  # what another category counts, beside a number that is one standard deviation away


def background(rows: Table, clusters: int | None = None, seed: int = 0) -> Table:
    """Return the centres of clusters of rows, largest cluster first.

    The clusters are those of k-prototypes: numbers count by their standard deviations, a category that differs by a
    half. A centre has of each feature the value nearest to the cluster's mean, or its most frequent category; so
    every value is one that occurs, and a number of children is whole.

    Parameters
    ----------
    rows
        At least one.
    clusters
        How many, at most as many as rows differ; by default the elbow of 1 to 12, where more clusters begin to gain
        little. A check takes time in proportion.
    seed
        Of the four starts, of which the best counts.

    Examples
    --------
    >>> table = Table.of([{"age": age, "city": "Kiel" if age < 50 else "Bonn"} for age in (30, 31, 32, 70, 71)],
    ...                  ("age", "city"))
    >>> background(table, 2).rows()
    [[31, 'Kiel'], [70, 'Bonn']]

    References
    ----------
    explainability.md, 6.2. Huang: Extensions to the k-means algorithm for clustering large data sets, 1998. Arthur,
    Vassilvitskii: k-means++, 2007.
    """
    points, codes = _scaled(rows)
    most = min(clusters or MOST, len(np.unique(rows.cells, axis=1).T))
    tried = [most] if clusters else range(1, most + 1)
    starts = [f"{seed} {start}" for start in range(_STARTS)]
    found = [min((_clustered(points, codes, k, start) for start in starts), key=_cost) for k in tried]
    _, which = found[_elbow([cost for cost, _ in found])]
    sizes = np.bincount(which)
    order = [cluster for cluster in np.argsort(-sizes, kind="stable").tolist() if sizes[cluster]]
    cells = np.array([_centre(rows, which == cluster) for cluster in order]).T
    return Table(rows.names, cells, rows.levels)


def _scaled(rows: Table) -> tuple[Floats, Floats]:
    """Return numbers in standard deviations, missing ones as the mean, and the categories: ``(n, ...)`` each."""
    numeric = [name not in rows.levels for name in rows.names]
    numbers = rows.cells[numeric]
    known = np.isfinite(numbers)
    counts = np.maximum(known.sum(axis=1, keepdims=True), 1)
    apart = np.where(known, numbers, 0.0)
    apart = np.where(known, numbers - apart.sum(axis=1, keepdims=True) / counts, 0.0)
    spread = np.sqrt((apart**2).sum(axis=1, keepdims=True) / counts)
    scaled = np.divide(apart, spread, out=np.zeros(apart.shape), where=spread > 0)
    return scaled.T, np.nan_to_num(rows.cells[np.logical_not(numeric)], nan=-1.0).T


def _clustered(points: Floats, codes: Floats, clusters: int, start: str) -> tuple[float, NDArray[np.int64]]:
    """Return the sum of all distances, and the cluster of every row."""
    chosen = _first(points, codes, clusters, start)
    centres, modes = points[chosen], codes[chosen]
    which = np.full(len(points), -1)
    for _ in range(_ROUNDS):
        distances = _distances(points, codes, centres, modes)
        nearest = distances.argmin(axis=1)
        if (nearest == which).all():
            break
        which = nearest
        for cluster in np.unique(which).tolist():
            centres[cluster] = points[which == cluster].mean(axis=0)
            modes[cluster] = [_most_frequent(column) for column in codes[which == cluster].T]
    return float(distances.min(axis=1).sum()), which


def _first(points: Floats, codes: Floats, clusters: int, start: str) -> list[int]:
    """Return the rows to start from: each drawn by its squared distance from those before (k-means++)."""
    draws = (hash_keys(f"clusters {start}", 0, clusters) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    chosen = [int(draws[0] * len(points))]
    for draw in draws[1:].tolist():
        nearest = _distances(points, codes, points[chosen], codes[chosen]).min(axis=1).cumsum()
        chosen.append(min(int(np.searchsorted(nearest, draw * nearest[-1], "right")), len(points) - 1))
    return chosen


def _distances(points: Floats, codes: Floats, centres: Floats, modes: Floats) -> Floats:
    """Return the squared distances of rows and centres, ``(n, clusters)``."""
    apart = [((points - centre) ** 2).sum(axis=1) for centre in centres]
    other = [(codes != mode).sum(axis=1) for mode in modes]
    found: Floats = np.array(apart).T + _CATEGORY * np.array(other).T
    return found


def _elbow(costs: list[float]) -> int:
    """Return the place that lies furthest below the straight line from the first cost to the last."""
    line = np.linspace(costs[0], costs[-1], len(costs))
    return int(np.argmax(line - np.array(costs)))


def _centre(rows: Table, kept: NDArray[np.bool_]) -> list[float]:
    """Return the values of one centre."""
    found = zip(rows.names, rows.cells[:, kept], strict=True)
    return [_most_frequent(cells) if name in rows.levels else _nearest_mean(cells) for name, cells in found]


def _nearest_mean(cells: Floats) -> float:
    known = cells[np.isfinite(cells)]
    return float(known[np.abs(known - known.mean()).argmin()]) if len(known) else float("nan")


def _most_frequent(column: Floats) -> float:
    values, counts = np.unique(column, return_counts=True)
    return float(values[counts.argmax()])


def _cost(found: tuple[float, NDArray[np.int64]]) -> float:
    return found[0]
