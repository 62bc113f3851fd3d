"""How often each distance raises a false alarm, and how often it sees drift: choose by this, not by taste.

A baseline of 10,000 rows and 20 normal features that know nothing of each other; windows of the same, or with
every feature moved by a part of its standard deviation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.batch import Column, Kind
from kedge.analysis.distances import distances
from kedge.analysis.documents import DistributionConstraints
from kedge.analysis.drift import drift, exceeds
from kedge.analysis.profile import Feature

from .measure import Options, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

BASELINE, FEATURES = 10_000, 20
WINDOWS = (100, 200, 500, 1000)
MOVES = (0.0, 0.25, 0.5)
JUDGES = (
    ("Robust", 0.1, None),
    ("Simple", 0.1, None),
    ("psi", 0.1, None),
    ("psi", 0.2, None),
    ("kl", 0.1, None),
    ("jensen_shannon", 0.1, None),
    ("hellinger", 0.1, None),
    ("wasserstein", 0.1, None),
    ("wasserstein", 0.25, None),
    ("t_test", 0.001, 0.1),
    ("t_test", 0.001, 0.0),
    ("kolmogorov_smirnov", 0.001, 0.05),
    ("kolmogorov_smirnov", 0.001, 0.0),
)


def run(options: Options) -> Iterator[str]:
    """Yield a title and a table for false alarms, and for what is seen."""
    random, rounds = np.random.default_rng(1), 20 if options.quick else 200
    baseline = [_feature(random.normal(size=BASELINE)) for _ in range(FEATURES)]
    shares = {(rows, move): _found(baseline, rows, move, rounds, random) for rows in WINDOWS for move in MOVES}
    yield f"Windows with any false alarm among {FEATURES} features, of {rounds} windows"
    yield _table([(f"{rows:,} rows", 1 - (1 - shares[rows, 0.0]).prod(axis=2).mean(axis=1)) for rows in WINDOWS])
    yield "Features seen to drift, by the standard deviations that they moved"
    columns = [(rows, move) for move in MOVES[1:] for rows in WINDOWS]
    yield _table([(f"{move} sd, {rows:,} rows", shares[rows, move].mean(axis=(1, 2))) for rows, move in columns])


def _found(baseline: list[Feature], rows: int, move: float, rounds: int, random: np.random.Generator) -> np.ndarray:
    """Return what each judge says of each feature of each window, 0 or 1: ``(judges, rounds, features)``."""
    known = distances()
    found = np.zeros((len(JUDGES), rounds, len(baseline)))
    for place in np.ndindex(found.shape[1:]):
        sides = baseline[place[1]], _feature(random.normal(move, size=rows))
        for judge, (method, threshold, tolerance) in enumerate(JUDGES):
            config = DistributionConstraints.model_construct(
                comparison_method=method, comparison_threshold=threshold, tolerance=tolerance
            )
            told = drift(*sides, config, categorical=False, known=known)
            found[judge, *place] = bool(told and exceeds(told))
    return found


def _feature(numbers: np.ndarray) -> Feature:
    return Feature().update(Column(np.full(len(numbers), Kind.FRACTIONAL, np.uint8), numbers))


def _table(columns: list[tuple[str, np.ndarray]]) -> str:
    names = ["method", "threshold", "tolerance", *(name for name, _ in columns)]
    rows = zip(JUDGES, zip(*(shares for _, shares in columns), strict=True), strict=True)
    return markdown(
        names,
        [
            (method, f"{threshold:g}", "" if tolerance is None else f"{tolerance:g}", *(f"{s:.0%}" for s in shares))
            for (method, threshold, tolerance), shares in rows
        ],
    )
