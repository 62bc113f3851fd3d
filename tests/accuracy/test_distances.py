"""Distances from sketches against SciPy on the raw rows; the tolerance is what the docstrings promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from kedge.analysis.batch import Column, Kind, column
from kedge.analysis.distances.hellinger import hellinger
from kedge.analysis.distances.jensen_shannon import jensen_shannon
from kedge.analysis.distances.kl import kl
from kedge.analysis.distances.kolmogorov_smirnov import kolmogorov_smirnov
from kedge.analysis.distances.psi import psi
from kedge.analysis.distances.t_test import t_test
from kedge.analysis.distances.wasserstein import wasserstein
from kedge.analysis.profile import Feature

RANDOM = np.random.default_rng(7)
SHAPES = {
    "normal": (RANDOM.normal(size=100_000), RANDOM.normal(0.3, 1.2, 50_000)),
    "heavy": (RANDOM.lognormal(0, 2, 100_000), RANDOM.lognormal(0.3, 2, 50_000)),
    "few": (RANDOM.normal(size=1500), RANDOM.normal(0.3, 1.2, 300)),
    "whole": (RANDOM.poisson(3, 100_000) * 1.0, RANDOM.poisson(4, 50_000) * 1.0),
    "apart": (RANDOM.uniform(0, 1, 5000), RANDOM.uniform(2, 3, 5000)),
}
COLOURS = RANDOM.choice(list("abcdef"), 5000), RANDOM.choice(list("abcdefg"), 800)


def seen(numbers: np.ndarray) -> Feature:
    """Return the feature of numbers that come in batches."""
    feature = Feature()
    for part in np.array_split(numbers, -(-len(numbers) // 20_000)):
        feature = feature.update(Column(np.full(len(part), Kind.FRACTIONAL, np.uint8), part))
    return feature


@pytest.fixture(params=SHAPES)
def sides(request):
    return SHAPES[request.param]


def bucketed(baseline: np.ndarray, window: np.ndarray) -> list[np.ndarray]:
    """Return the shares of both sides in the buckets of the baseline's deciles, by another way than kedge's."""
    ranked = np.sort(baseline)
    deciles = ranked[np.ceil(np.arange(0.1, 0.95, 0.1) * len(ranked)).astype(int) - 1].tolist()
    atoms = {cut for cut in deciles if deciles.count(cut) > 1}
    cuts = sorted({*deciles, *(np.nextafter(atom, -np.inf) for atom in atoms)})
    return [np.bincount(np.searchsorted(cuts, side), minlength=len(cuts) + 1) for side in (baseline, window)]


def counted(baseline: np.ndarray, window: np.ndarray) -> list[np.ndarray]:
    names = sorted({*baseline, *window})
    return [np.array([(side == name).sum() for name in names]) for side in (baseline, window)]


def half_more(side: np.ndarray) -> np.ndarray:
    return (side + 0.5) / (side + 0.5).sum()


ORACLES = {
    psi: lambda b, w: stats.entropy(half_more(w), half_more(b)) + stats.entropy(half_more(b), half_more(w)),
    kl: lambda b, w: stats.entropy(half_more(w), half_more(b)),
    jensen_shannon: lambda b, w: jensenshannon(b, w, base=2),
    hellinger: lambda b, w: np.sqrt(1 - np.sqrt(b / b.sum() * w / w.sum()).sum()),
}


@pytest.mark.parametrize("distance", ORACLES, ids=lambda distance: distance.__name__)
def test_distances_of_numbers_are_those_of_the_rows(distance, sides):
    found = distance(*map(seen, sides), categorical=False)
    assert found == pytest.approx(ORACLES[distance](*bucketed(*sides)), rel=0.02, abs=0.002)


@pytest.mark.parametrize("distance", ORACLES, ids=lambda distance: distance.__name__)
def test_distances_of_categories_are_exact(distance):
    found = distance(*(Feature().update(column(side.tolist())) for side in COLOURS), categorical=True)
    # kedge has one more bucket, which is empty, for what its sketches do not keep
    assert found == pytest.approx(ORACLES[distance](*(np.append(side, 0) for side in counted(*COLOURS))), rel=1e-9)


def test_the_area_between_the_distributions_is_that_of_the_rows(sides):
    expected = stats.wasserstein_distance(*sides) / sides[0].std()
    assert wasserstein(*map(seen, sides)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("tolerance", [0, 0.1, 0.3])
def test_the_t_test_adds_the_tails_beyond_both_ends_of_its_tolerance(sides, tolerance):
    baseline, window = sides
    margin, side = tolerance * baseline.std(), "greater" if window.mean() > baseline.mean() else "less"
    moved = (window - margin, window + margin)
    p_values = [stats.ttest_ind(one, baseline, equal_var=False, alternative=side).pvalue for one in moved]
    assert t_test(seen(baseline), seen(window), tolerance=tolerance) == pytest.approx(sum(p_values), rel=1e-6)


@pytest.mark.parametrize("rows", [20, 200, 2000])
def test_without_a_tolerance_it_is_the_test_of_kolmogorov_and_smirnov(rows):
    random = np.random.default_rng(rows)
    baseline, window = random.normal(size=2000), random.normal(2 / np.sqrt(rows), 1, rows)
    found = kolmogorov_smirnov(seen(baseline), seen(window), categorical=False, tolerance=0)
    assert found == pytest.approx(stats.ks_2samp(baseline, window).pvalue, rel=0.1, abs=1e-4)


def test_what_a_sketch_is_off_by_is_not_taken_for_drift():
    random = np.random.default_rng(3)
    sides = (seen(random.normal(size=1_000_000)) for _ in range(2))
    assert kolmogorov_smirnov(*sides, categorical=False, tolerance=0) > 0.2


@pytest.mark.parametrize("categorical", [False, True])
def test_differences_within_the_tolerance_alarm_no_more_often_than_the_threshold_says(categorical):
    random, alarms = np.random.default_rng(5), 0
    values = np.array(["a", "b"]) if categorical else np.array([0.0, 1.0])
    baseline = Feature().update(column(np.repeat(values, 5000).tolist()))
    for _ in range(400):
        window = Feature().update(column(random.choice(values, 300, p=[0.4, 0.6]).tolist()))
        alarms += kolmogorov_smirnov(baseline, window, categorical=categorical, tolerance=0.1) < 0.05
    assert alarms <= 0.05 * 400
