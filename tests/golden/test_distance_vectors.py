"""The worked distances of data-quality.md, 3.7.1 and 3.7.3."""

from __future__ import annotations

import pytest

from kedge.analysis.batch import column
from kedge.analysis.distances.linfinity import linfinity
from kedge.analysis.profile import Feature
from kedge.analysis.sketches.categories import Categories
from kedge.analysis.statistics.std_dev import std_dev

LETTERS = {"a": 10, "b": 20, "c": 25, "d": 10, "e": 5}


def seen(values: object) -> Feature:
    return Feature().update(column(list(values)))


def counted(counts: dict[str, int]) -> Feature:
    return Feature(categories=Categories(counts=counts, total=sum(counts.values())))


@pytest.mark.parametrize("distinct_values", [True, False])
@pytest.mark.parametrize(("robust", "distance"), [(False, 0.25), (True, 0.0)])
def test_one_to_four_against_two_to_five(robust, distance, distinct_values):
    sides = seen([1, 2, 3, 4]), seen([2, 3, 4, 5])
    options = {"categorical": False, "robust": robust, "distinct_values": distinct_values}
    assert linfinity(*sides, **options) == distance


@pytest.mark.parametrize(
    ("window", "distance"),
    [
        ({"a": 11, "b": 20, "c": 25, "d": 10, "e": 10}, 0.06015037593984962),
        ({"f": 11, "a": 20, "c": 25, "d": 10, "e": 10}, 0.2857142857142857),
    ],
)
def test_counts_of_letters(window, distance):
    simple, robust = (
        linfinity(counted(LETTERS), counted(window), categorical=True, robust=robust) for robust in (False, True)
    )
    assert (simple, robust) == (pytest.approx(distance, abs=1e-15), 0.0)


# 300 rows of 10 distinct values; 320 predictions of 63, of which 58 lie below every baseline value.
MARKETING = [value for value in range(1, 11) for _ in range(30)]
PREDICTIONS = [(i % 63) / 58 if i % 63 < 58 else i % 63 for i in range(320)]


def test_the_marketing_vector_is_met_to_the_last_digit():
    options = {"categorical": False, "robust": True, "distinct_values": True}
    assert linfinity(seen(MARKETING), seen(PREDICTIONS), **options) == 0.30791265775509713


def test_the_marketing_data_by_rows_is_further_apart():
    distance = linfinity(seen(MARKETING), seen(PREDICTIONS), categorical=False, robust=True)
    assert distance == pytest.approx(0.775, abs=0.01)


def test_the_deviation_of_one_to_five_is_that_of_a_population():
    assert std_dev(seen([1, 2, 3, 4, 5])) == 1.4142135623730951
