from __future__ import annotations

from typing import Any

import pytest

from kedge.adapters.presentation.sentences import check, gap, observed_expected, sentence
from kedge.analysis.report import Finding


def finding(kind: str, observed: Any = None, expected: Any = None, description: str = "", **detail: Any) -> Finding:
    return Finding(
        feature_name="age",
        constraint_check_type=kind,
        description=description,
        observed=observed,
        expected=expected,
        detail=detail,
    )


def test_a_drift_of_numbers_names_what_moved() -> None:
    before, after = (
        {"median": 11.07, "mean": 15.2, "std_dev": None},
        {"median": 17.54, "mean": 20, "std_dev": 4},
    )
    said = sentence(finding("baseline_drift_check", baseline=before, window=after))
    assert said.replace("\xa0", " ") == "Median 11.1 → 17.5, mean 15.2 → 20, std – → 4."


def test_a_drift_of_texts_names_the_categories_that_moved() -> None:
    before, after = {"wallet": 0.0, "card": 0.679}, {"wallet": 0.255, "card": 0.513}
    said = sentence(finding("baseline_drift_check", baseline=before, window=after))
    assert said.replace("\xa0", " ") == "“\u2068wallet\u2069” 0% → 25.5%, “\u2068card\u2069” 67.9% → 51.3%."


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        (
            "data_type_check",
            {"present": 6000, "matching": 5764, "expected_type": "Integral"},
            "236 of 6,000 values are not Integral.",
        ),
        ("completeness_check", {"present": 310, "missing": 10}, "10 of 320 values are missing."),
        ("completeness_check", {"present": 0, "missing": 1}, "1 of 1 value is missing."),
        (
            "categorical_values_check",
            {"present": 50, "outside": 3, "unknown": {"teal": 3}},
            "3 of 50 values are none that the baseline has, such as “\u2068teal\u2069”.",
        ),
        ("non_negative_check", {"negative": 1, "numbers": 9000}, "1 of 9,000 numbers are negative."),
        (
            "value_range_check",
            {"outside": 40, "numbers": 900, "baseline": {"min": 0, "max": 80}, "window": {"min": -1.5, "max": 999}},
            "40 of 900 numbers lie outside of 0 to 80; they reach from -1.5 to 999.",
        ),
        ("unique_check", {"repeated": 2, "present": 1000}, "2 of 1,000 values repeat an earlier one."),
        ("sql_check", {"expression": "a <\nb", "broken": 7, "rows": 9}, "a <�b is false in 7 of 9 rows."),
    ],
)
def test_a_sentence_counts_the_values(kind: str, detail: dict[str, Any], said: str) -> None:
    assert sentence(finding(kind, **detail)) == said


def test_a_finding_of_the_service_says_its_numbers_in_few_digits() -> None:
    bare = finding("data_type_check", description="Observed: Only 99.64592817400101% of data is Integral.")
    assert sentence(bare) == "Observed: Only 99.65% of data is Integral."


def test_a_check_of_somebody_else_speaks_for_itself() -> None:
    mine = finding("weekday_check", description="It is never Sunday.")
    assert (check(mine), sentence(mine)) == ("weekday", "It is never Sunday.")


@pytest.mark.parametrize(
    ("kind", "observed", "expected", "said"),
    [
        ("completeness_check", 0.96875, 1.0, ("96.9%", "100%")),
        ("completeness_check", 0.95004, 0.95, ("95.004%", "at most 95%")),
        ("data_type_check", 0.9999999, 1.0, (">99.9%", "100%")),
        ("baseline_drift_check", 0.30791, 0.1, ("0.308", "at most 0.1")),
        ("baseline_drift_check", 0.10000004, 0.1, ("0.10000004", "at most 0.1")),
        ("missing_column_check", 12, 13, ("absent", "present")),
        ("weekday_check", "Sunday", None, ("Sunday", "–")),
    ],
)
def test_observed_and_expected_are_told_apart(kind: str, observed: Any, expected: Any, said: tuple[str, str]) -> None:
    assert observed_expected(finding(kind, observed, expected)) == said


def test_a_missing_column_is_as_far_off_as_can_be() -> None:
    assert gap(finding("missing_column_check", 12, 12)) == 1.0 > gap(finding("completeness_check", 0.2, 1.0))
