"""One battery over every distance."""

from __future__ import annotations

from itertools import product
from math import inf, isfinite

import pytest

from kedge.analysis.batch import column
from kedge.analysis.distances import BOTH, distances
from kedge.analysis.profile import Feature

CASES = [(found, compared) for found in distances().values() for compared in found.compares]
NUMBERS = [
    [],
    [None],
    [inf, -inf],
    [1],
    [2.5] * 9,
    [5, 5, 6],
    range(500),
    [1e308, -1e308],
    [1e-300, 2e-300],
    [0.0] * 3000,
]
TEXTS = [[], [None], ["a"], ["b"] * 500, ["a", "b"] * 60, ["a", "c", ""], [f"n{i}" for i in range(2000)]]


def seen(values: object) -> Feature:
    return Feature().update(column(list(values)))


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0].name}-{case[1]}")
def measured(request):
    distance, compared = request.param
    sides = NUMBERS if compared == "numbers" else TEXTS
    return distance, compared == "categories", [seen(values) for values in sides]


def test_every_pair_of_sides_has_a_finite_distance_or_none(measured):
    distance, categorical, sides = measured
    options = {"categorical": categorical} if distance.compares == BOTH else {}
    for baseline, window in product(sides, sides):
        found = distance.function(baseline, window, **options)
        assert found is None or (isfinite(found) and 0 <= found <= (1 if distance.p_value else inf))


def test_an_empty_side_has_no_distance(measured):
    distance, categorical, sides = measured
    for side in sides:
        assert distance(sides[0], side, categorical=categorical) is None
        assert distance(side, sides[0], categorical=categorical) is None


def test_a_feature_is_not_far_from_itself(measured):
    distance, categorical, sides = measured
    for side in sides:
        found = distance(side, side, categorical=categorical)
        assert found is None or found == pytest.approx(1.0 if distance.p_value else 0.0, abs=1e-9)


def test_what_has_nothing_in_common_is_far_apart(measured):
    distance, categorical, _ = measured
    baseline, window = (["a"] * 200, ["b"] * 200) if categorical else ([1] * 199 + [2], [7] * 199 + [8])
    found = distance(seen(baseline), seen(window), categorical=categorical)
    assert found < 0.001 if distance.p_value else found >= 0.8
