"""Healthy windows stay quiet, whatever their tails; bursts of half a percent do not."""

from __future__ import annotations

import numpy as np
import pytest

from kedge.analysis.anomalies import Outside
from kedge.analysis.batch import Column, Kind
from kedge.analysis.checks import Comparison
from kedge.analysis.checks.anomaly import anomaly
from kedge.analysis.documents import FeatureConstraints, MonitoringConfig
from kedge.analysis.profile import Feature
from kedge.analysis.questions import Answers
from kedge.analysis.usual import Usual

SHAPES = {
    "normal": lambda rng, n: rng.normal(0, 1, n),
    "log-normal": lambda rng, n: rng.lognormal(0, 1, n),
    "very heavy log-normal": lambda rng, n: rng.lognormal(0, 2.5, n),
    "Student-t": lambda rng, n: rng.standard_t(3, n),
    "Cauchy": lambda rng, n: rng.standard_cauchy(n),
    "counts": lambda rng, n: rng.poisson(4, n),
    "over-dispersed counts": lambda rng, n: rng.negative_binomial(1, 0.1, n),
    "mostly zeros": lambda rng, n: np.where(rng.random(n) < 0.9, 0, rng.exponential(1, n)),
    "rare flag": lambda rng, n: rng.random(n) < 0.0015,
    "two modes": lambda rng, n: np.where(rng.random(n) < 0.6, rng.normal(0, 1, n), rng.normal(1000, 1, n)),
    "far from zero": lambda rng, n: 1e6 + rng.standard_t(3, n),
}


def column(values) -> Column:
    return Column(np.full(len(values), Kind.FRACTIONAL, np.uint8), np.asarray(values, np.float64))


def fires(baseline: Feature, usual: Usual, values) -> bool:
    seen = column(values)
    outside = Outside.of(usual, seen, usual.outside(seen))
    constraint = FeatureConstraints(name="x", inferred_type="Fractional")
    window = Feature().update(seen)
    answers = Answers(outside={"x": outside})
    comparison = Comparison("x", constraint, MonitoringConfig(), baseline, window, "default", 1, 1, answers=answers)
    return anomaly(comparison) is not None


def draws(shape: str, learned: int, rows: int, times: int):
    for seed in range(times):
        rng = np.random.default_rng([seed, learned, rows])
        baseline = Feature().update(column(SHAPES[shape](rng, learned)))
        if usual := Usual.of(baseline):
            yield baseline, usual, np.array(SHAPES[shape](rng, rows), np.float64)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("learned", "rows"), [(300, 2000), (3000, 100), (3000, 1000), (20_000, 10_000)])
def test_a_healthy_window_hardly_ever_fires(shape, learned, rows):
    fired = [fires(*drawn) for drawn in draws(shape, learned, rows, times=40)]
    assert sum(fired) <= 1


@pytest.mark.parametrize("shape", SHAPES)
def test_a_burst_of_half_a_percent_fires(shape):
    fired = []
    for baseline, usual, values in draws(shape, 20_000, 10_000, times=10):
        values[::200] = usual.high + 60 * usual.spread
        fired.append(fires(baseline, usual, values))
    assert sum(fired) >= 9


@pytest.mark.parametrize("shape", ["normal", "mostly zeros"])
def test_a_light_tail_needs_few_rows(shape):
    fired = []
    for baseline, usual, values in draws(shape, 20_000, 1000, times=10):
        values[::200] = usual.high + 60 * usual.spread
        fired.append(fires(baseline, usual, values))
    assert sum(fired) >= 9
