"""How often each distance raises a false alarm, and how often it sees drift: choose by this, not by taste.

A baseline of 10,000 rows and 20 normal features that know nothing of each other; windows of the same, or with
every feature moved by a part of its standard deviation. And for the check of ranges: baselines of other sizes, and
windows of which a share is far outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kedge.analysis.batch import Column, Kind
from kedge.analysis.checks import Comparison
from kedge.analysis.checks.value_range import value_range
from kedge.analysis.distances import distances
from kedge.analysis.documents import DistributionConstraints, FeatureConstraints, MonitoringConfig
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

BASELINES = (100, 1000, 10_000)
WILD = (0.0, 0.02, 0.05)
QUIET = MonitoringConfig(distribution_constraints=DistributionConstraints(perform_comparison="Disabled"))


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
    yield f"value_range: windows with any of {FEATURES} features flagged, by the share of values far outside"
    yield markdown(
        ["baseline", *(f"{wild:.0%}, {rows:,} rows" for wild in WILD for rows in WINDOWS)],
        [
            (f"{size:,}", *(_outside(size, rows, wild, rounds, random) for wild in WILD for rows in WINDOWS))
            for size in BASELINES
        ],
    )


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


def _outside(size: int, rows: int, wild: float, rounds: int, random: np.random.Generator) -> str:
    """Return how many windows the range of a fresh baseline flags; what is wild is in one feature only."""
    flagged = 0
    for _ in range(rounds):
        windows = random.normal(size=(FEATURES, rows))
        windows[0, : int(wild * rows)] = 99
        flagged += any(_left(random.normal(size=size), window) for window in windows)
    return f"{flagged / rounds:.0%}"


def _left(baseline: np.ndarray, window: np.ndarray) -> bool:
    constraint = FeatureConstraints(name="f", inferred_type="Fractional")
    sides = _feature(baseline), _feature(window)
    return bool(value_range(Comparison("f", constraint, QUIET, *sides, "default", 1, 1, {})))


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
