from __future__ import annotations

import math

import pytest

from kedge.analysis.attribution.table import Table


def column(*values):
    return Table.of([{"x": value} for value in values], ("x",)).column(0)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((1, 2.5, None), [1, 2.5, None]),
        ((3.0, -0.0), [3, 0]),
        ((1e300, 2.0**60), [1e300, 2.0**60]),
        (("a", None, "b", 7), ["a", None, "b", 7]),
        (("true", "false", None), [True, False, None]),
        ((True, "false"), [True, False]),
        (("true", "maybe"), ["true", "maybe"]),
        (("inf", 1), [math.inf, 1]),
        ((None, None), [None, None]),
        (("",), [""]),
    ],
)
def test_values_come_back_as_they_were(values, told):
    assert column(*values) == told


def test_a_number_without_a_fraction_is_an_integer():
    assert [type(value) for value in column(1.0, 2)] == [int, int]


def test_a_row_without_a_feature_lacks_its_value():
    assert Table.of([{"a": 1}, {"b": "x"}], ("a", "b")).rows() == [[1, None], [None, "x"]]


def test_a_part_counts_values_as_the_whole():
    table = Table.of([{"x": "a"}, {"x": "b"}, {"x": "c"}], ("x",))
    assert table.part(1, 3).rows() == [["b"], ["c"]]


def test_a_column_that_is_always_true_is_one_to_a_model():
    assert Table.of([{"x": True}, {"x": None}], ("x",)).matrix()[0].tolist() == [1.0]
