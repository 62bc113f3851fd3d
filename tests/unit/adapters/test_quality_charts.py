from __future__ import annotations

import re

import numpy as np
import pytest

from kedge.adapters.presentation.quality_charts import curve, dots, shades


def points(path: str) -> np.ndarray:
    return np.array([float(number) for number in re.findall(r"-?\d+", path)]).reshape(-1, 2) / 1000


def test_a_thinned_curve_keeps_its_ends_and_its_course() -> None:
    steps = np.random.default_rng(1).random(50_000) < 0.5
    xs, ys = np.cumsum(~steps) / (~steps).sum(), np.cumsum(steps) / steps.sum()
    thin = points(curve(xs.tolist(), ys.tolist()))
    assert len(thin) <= 200
    assert thin[-1].tolist() == [1.0, 0.0]
    assert np.abs(np.interp(thin[:, 0], xs, ys) - (1 - thin[:, 1])).max() < 0.01


@pytest.mark.parametrize(("xs", "ys"), [([], []), ([0.5], [0.5]), ([0.1, 0.1], [0.2, 0.2]), ([np.nan, 1], [0, 1])])
def test_what_is_no_curve_is_not_drawn(xs: list[float], ys: list[float]) -> None:
    assert curve(xs, ys) == ""


def test_a_bin_without_rows_has_no_dot() -> None:
    small, large = dots([0.1, 0.5, 0.9], [0.2, 0.5, 1.0], [1, 0, 100])
    assert (small.x, small.y, large.x, large.y) == (100, 800, 900, 0)
    assert small.r < large.r


def test_every_cell_with_rows_has_a_shade() -> None:
    found = shades(np.array([[0.995, 0.005], [0.0, np.nan]]))
    assert found == [(1, "M1 0h1v1h-1z"), (10, "M0 0h1v1h-1z")]
