from __future__ import annotations

import numpy as np

from kedge.analysis.attribution.background import background
from kedge.analysis.attribution.table import Table

RNG = np.random.default_rng(1)


def table(*columns) -> Table:
    names = [f"f{place}" for place in range(len(columns))]
    return Table.of([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)], names)


def groups(*sizes):
    """Return numbers around 0, 100, 200 and so on."""
    return np.concatenate([RNG.normal(100 * place, 1, size) for place, size in enumerate(sizes)]).tolist()


def test_the_elbow_is_at_the_number_of_groups():
    assert len(background(table(groups(90, 80, 70), groups(90, 80, 70)))) == 3


def test_the_centre_of_the_largest_group_comes_first():
    centres = background(table(groups(30, 80, 50)), 3).cells[0]
    assert (centres / 100).round().tolist() == [1, 2, 0]


def test_groups_of_categories_are_told_apart():
    cities = ["Kiel"] * 20 + ["Bonn"] * 30
    found = background(table(cities, cities), 2).rows()
    assert found == [["Bonn", "Bonn"], ["Kiel", "Kiel"]]


def test_every_value_of_a_centre_occurs():
    ages = RNG.integers(0, 9, 50).tolist()
    assert {row[0] for row in background(table(ages, groups(25, 25)), 4).rows()} <= set(ages)


def test_a_missing_value_neither_fails_nor_draws_a_centre():
    found = background(table([1.0, None, 3.0, float("inf"), None]), 1)
    assert found.rows() in ([[1]], [[3]])


def test_rows_that_are_all_alike_have_one_centre():
    assert background(table([2, 2, 2], ["a", "a", "a"])).rows() == [[2, "a"]]


def test_more_clusters_than_rows_are_as_many_as_there_are_rows():
    assert sorted(background(table([5, 7, 7]), 9).rows()) == [[5], [7]]


def test_the_same_seed_gives_the_same_centres():
    rows = table(RNG.normal(size=200).tolist(), RNG.normal(size=200).tolist())
    assert background(rows, 5, seed=3).rows() == background(rows, 5, seed=3).rows()
