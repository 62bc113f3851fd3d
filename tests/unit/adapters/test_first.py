from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars

import kedge
from kedge.adapters.presentation.first import first

if TYPE_CHECKING:
    from kedge.analysis.report import Report

MILES = [float(i * i) for i in range(1000)]
CODES = ["a", "b"] * 500


def checked(**window: Any) -> Report:
    columns = {"miles": MILES, "code": CODES} | {f"n{i}": [float(x % (7 + i)) for x in range(1000)] for i in range(4)}
    return kedge.check(polars.DataFrame(columns | window), kedge.baseline(polars.DataFrame(columns))).report


def test_a_calm_window_needs_no_look() -> None:
    assert first(checked()) == []


def test_a_drift_says_where_the_values_went_and_why() -> None:
    (advice,) = first(checked(miles=[1.609344 * x for x in MILES]))
    where, mean, hint = advice.reason.split(". ", 2)
    assert where == "25.1% of the values lie above the baseline's 95th percentile, where 5% did"
    assert mean == "The mean went from 332,834 to 535,644"
    assert hint.endswith("about 1.61 times what it was, as if kilometres were sent for miles.")


def test_the_worst_feature_comes_first() -> None:
    advice = first(checked(miles=[5 * x for x in MILES], code=["c"] * 1000))
    assert [found.features for found in advice] == [("code",), ("miles",)]


def test_features_of_a_pattern_are_not_said_again() -> None:
    gone = {f"n{i}": [None] * 300 + [float(x % (7 + i)) for x in range(700)] for i in range(4)}
    pattern, single = first(checked(**gone, code=["c"] * 1000))
    assert (pattern.features, single.features) == (("n0", "n1", "n2", "n3"), ("code",))
