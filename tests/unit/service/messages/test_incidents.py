"""What a message says of an alarm: the worst first, whatever a report says."""

from __future__ import annotations

from kedge.service.messages.incidents import worst


def finding(feature, observed, expected=0.1, severity="error"):
    return {"feature_name": feature, "severity": severity, "observed": observed, "expected": expected}


def test_of_features_that_are_as_bad_the_one_furthest_past_its_bound_stands_first():
    found = [finding("country", 0.4), finding("age", 9.0, severity="notice"), finding("amount", 0.9)]
    assert [one.feature for one in worst(found)] == ["amount", "country", "age"]


def test_features_without_figures_keep_their_order_behind_those_that_have_some():
    found = [finding("b", "Fractional"), finding("a", None), finding("c", 0.2)]
    assert [one.feature for one in worst(found)] == ["c", "b", "a"]
