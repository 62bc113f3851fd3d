from __future__ import annotations

import re
from dataclasses import replace
from math import inf

import pytest

from kedge.analysis.batch import column
from kedge.analysis.checks import Comparison, Whole, checks, window_checks
from kedge.analysis.checks.baseline_drift import baseline_drift
from kedge.analysis.checks.categorical_values import categorical_values
from kedge.analysis.checks.completeness import completeness
from kedge.analysis.checks.data_type import data_type
from kedge.analysis.checks.extra_column import extra_column
from kedge.analysis.checks.missing_column import missing_column
from kedge.analysis.checks.non_negative import non_negative
from kedge.analysis.checks.row_count import row_count
from kedge.analysis.checks.sql import sql
from kedge.analysis.checks.unique import unique
from kedge.analysis.checks.value_range import value_range
from kedge.analysis.documents import Constraints, DistributionConstraints, FeatureConstraints, MonitoringConfig
from kedge.analysis.profile import Feature
from kedge.analysis.questions import Answers, Broken
from kedge.analysis.sketches.categories import Categories
from kedge.analysis.sketches.types import Types

INTEGRAL = FeatureConstraints(name="f", inferred_type="Integral", completeness=1.0)
FRACTIONAL = FeatureConstraints(name="f", inferred_type="Fractional", completeness=1.0)
STRING = FeatureConstraints(name="f", inferred_type="String", completeness=1.0)
POSITIVE = FeatureConstraints.model_validate(
    {"name": "f", "inferred_type": "Fractional", "num_constraints": {"is_non_negative": True}}
)
UNKNOWN = FeatureConstraints(name="f", inferred_type="Unknown", completeness=0.0)
COLOURS = FeatureConstraints.model_validate(
    {"name": "f", "inferred_type": "String", "string_constraints": {"domains": ["red", "blue"]}}
)


def seen(values: object) -> Feature:
    return Feature().update(column(list(values)))


def compare(constraint, window, baseline=None, mode="default", columns=(1, 1), **config) -> Comparison:
    return Comparison(
        name="f",
        constraint=constraint,
        config=MonitoringConfig.model_validate(config),
        baseline=None if baseline is None else seen(baseline),
        window=window if window is None or isinstance(window, Feature) else seen(window),
        mode=mode,
        columns_expected=columns[0],
        columns_found=columns[1],
    )


# --- data_type -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "values", "mode", "share"),
    [
        (FRACTIONAL, [1, 2.5, "a", None], "default", 2 / 3),
        (FRACTIONAL, [1, 2.5, "a", None], "sagemaker", 1 / 3),
        (INTEGRAL, [1, 2.5, 3, 4], "default", 0.75),
        (INTEGRAL, [1, 2.5, 3, 4], "sagemaker", 0.75),
        (STRING, ["a", True, 1, 2.5], "sagemaker", 0.5),
    ],
)
def test_the_share_of_the_expected_type_is_observed(constraint, values, mode, share):
    assert data_type(compare(constraint, values, mode=mode)).observed == pytest.approx(share)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [(FRACTIONAL, [1, 2]), (STRING, [1, 2.5, True, "a"]), (INTEGRAL, [1, None]), (FRACTIONAL, [inf])],
)
def test_a_type_that_holds_every_value_is_satisfied(constraint, values):
    assert data_type(compare(constraint, values)) is None


@pytest.mark.parametrize("mode", ["default", "sagemaker"])
def test_a_type_share_at_the_threshold_is_enough(mode):
    assert data_type(compare(INTEGRAL, [1, 2, 3, 4.5], mode=mode, datatype_check_threshold=0.75)) is None


@pytest.mark.parametrize(("constraint", "values"), [(UNKNOWN, ["a"]), (INTEGRAL, [None]), (INTEGRAL, [])])
def test_an_unknown_type_is_not_judged(constraint, values):
    assert data_type(compare(constraint, values)) is None


def test_a_type_finding_shows_both_sides():
    finding = data_type(compare(INTEGRAL, [1, "a"], baseline=[1, 2]))
    assert finding.detail["baseline"]["Integral"] == 1.0
    assert finding.detail["window"]["String"] == 0.5


# --- completeness ----------------------------------------------------------------------------------


def test_missing_values_beyond_the_baseline_are_found():
    finding = completeness(compare(INTEGRAL, [1, None, 3, 4], baseline=[1, 2]))
    assert (finding.observed, finding.expected, finding.detail["baseline"]) == (0.75, 1.0, 1.0)


def test_as_many_missing_values_as_in_the_baseline_are_fine():
    constraint = INTEGRAL.model_copy(update={"completeness": 0.5})
    assert completeness(compare(constraint, [1, None])) is None


@pytest.mark.parametrize(("constraint", "values"), [(INTEGRAL, []), (COLOURS, [None]), (None, [None])])
def test_completeness_is_not_judged_without_rows_or_demand(constraint, values):
    assert completeness(compare(constraint, values)) is None


# --- missing_column, extra_column ------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "columns", "found"), [
    ("default", (2, 2), True),
    ("default", (3, 2), True),
    ("sagemaker", (2, 2), False),
    ("sagemaker", (3, 2), True),
])  # fmt: skip
def test_a_missing_column_is_found_by_name_and_by_the_service_by_count(mode, columns, found):
    assert bool(missing_column(compare(INTEGRAL, None, mode=mode, columns=columns))) is found


@pytest.mark.parametrize(("mode", "columns", "found"), [
    ("default", (2, 2), True),
    ("default", (2, 3), True),
    ("sagemaker", (2, 2), False),
    ("sagemaker", (2, 3), True),
])  # fmt: skip
def test_an_extra_column_is_found_by_name_and_by_the_service_by_count(mode, columns, found):
    assert bool(extra_column(compare(None, [1], mode=mode, columns=columns))) is found


def test_a_column_on_both_sides_is_neither_missing_nor_extra():
    comparison = compare(INTEGRAL, [1], columns=(3, 2))
    assert (missing_column(comparison), extra_column(comparison)) == (None, None)


# --- categorical_values ----------------------------------------------------------------------------


def test_values_outside_the_domain_are_found_and_named():
    finding = categorical_values(compare(COLOURS, ["red"] * 7 + ["teal", "teal", "pink"]))
    assert finding.observed == 0.7
    assert finding.description.endswith("30.0% of the values are not in the domain, such as 'teal', 'pink'.")


def test_three_values_are_named_and_long_ones_cut():
    finding = categorical_values(compare(COLOURS, ["a", "b", "c" * 500, "d"]))
    assert re.findall("'(.+?)'", finding.description) == ["a", "b", "c" * 40 + "…"]


def test_notebooks_of_the_service_can_parse_the_sentence():
    finding = categorical_values(compare(COLOURS, ["red", "red", "teal", "red"]))
    assert re.match(r"Value: (.+) does not meet the constraint requirement!", finding.description)[1] == "0.75"


def test_a_share_inside_the_domain_at_the_threshold_is_enough():
    values = ["red", "blue", "red", "teal"]
    assert categorical_values(compare(COLOURS, values, domain_content_threshold=0.75)) is None


def test_numbers_in_a_text_column_are_outside_its_domain():
    finding = categorical_values(compare(COLOURS, [1, 2, 3, "red"]))
    assert finding.description == (
        "Value: 0.25 does not meet the constraint requirement! 75.0% of the values are not in the domain."
    )


def test_a_domain_of_numbers_is_held_against_those_that_were_counted():
    constraint = COLOURS.model_copy(update={"inferred_type": "Integral"})
    assert categorical_values(compare(constraint, [1, 2, 3])) is None


def test_only_values_that_are_surely_outside_count_where_counts_are_inexact():
    categories = Categories(counts={"red": 50, "teal": 10}, total=100, error=20)
    finding = categorical_values(compare(COLOURS, Feature(Types(string=100), categories=categories)))
    assert finding.observed == 0.9


@pytest.mark.parametrize(("constraint", "values"), [(STRING, ["x"]), (COLOURS, [None]), (COLOURS, []), (None, ["x"])])
def test_a_domain_is_not_judged_where_there_is_none_or_no_text(constraint, values):
    assert categorical_values(compare(constraint, values)) is None


# --- baseline_drift --------------------------------------------------------------------------------


def test_numbers_that_moved_are_found_with_the_numbers_of_both_sides():
    finding = baseline_drift(compare(FRACTIONAL, range(500, 1500), baseline=range(1000)))
    assert finding.detail["baseline"]["mean"] == 499.5
    assert finding.detail["window"]["mean"] == 999.5


def test_the_categories_that_moved_most_are_shown():
    quiet = ["c", "d", "e"] * 200
    window = quiet + ["a"] * 90 + ["b"] * 310
    finding = baseline_drift(compare(STRING, window, baseline=quiet + ["a"] * 400))
    assert finding.detail["baseline"] == {"a": 0.4, "b": 0.0, "c": 0.2}
    assert finding.detail["window"] == {"a": 0.09, "b": 0.31, "c": 0.2}


def test_a_distance_at_the_threshold_is_no_drift():
    simple = {"comparison_method": "Simple", "comparison_threshold": 0.5}
    assert baseline_drift(compare(INTEGRAL, [2, 3], baseline=[1, 2], distribution_constraints=simple)) is None


def test_a_p_value_below_the_threshold_is_drift():
    chi = {"categorical_drift_method": "ChiSquared"}
    sides = {"window": ["a"] * 90 + ["b"] * 60, "baseline": ["a"] * 60 + ["b"] * 90}
    finding = baseline_drift(compare(STRING, **sides, distribution_constraints=chi))
    assert finding.observed < finding.expected
    assert re.fullmatch(
        r"Baseline drift p-value: 5\.3\d*E-4 \(chi-squared test\) is below threshold: 0\.1",
        finding.description,
    )


def test_a_named_p_value_is_told_by_its_name():
    near = {"comparison_method": "t_test", "comparison_threshold": 0.01}
    finding = baseline_drift(compare(INTEGRAL, range(50, 150), baseline=range(100), distribution_constraints=near))
    assert re.fullmatch(r"Baseline drift p-value: .+E-.+ \(t_test\) is below threshold: 0\.01", finding.description)


def test_the_chi_squared_method_leaves_numbers_alone():
    config = DistributionConstraints(categorical_drift_method="ChiSquared").model_dump()
    finding = baseline_drift(compare(INTEGRAL, range(500, 1500), baseline=range(1000), distribution_constraints=config))
    assert finding.detail["method"] == "Robust"


@pytest.mark.parametrize("constraint", [INTEGRAL, STRING, UNKNOWN, None], ids=str)
def test_without_a_baseline_there_is_no_drift(constraint):
    assert baseline_drift(compare(constraint, [1, 2])) is None


# --- non_negative ----------------------------------------------------------------------------------


def test_a_negative_number_where_none_was_is_found():
    finding = non_negative(compare(POSITIVE, [-2.5, 0, 1, None], baseline=[0, 3]))
    assert (finding.observed, finding.detail["negative"], finding.detail["numbers"]) == (-2.5, 1, 3)
    assert finding.detail["baseline"] == {"min": 0, "max": 3}


def test_one_negative_number_among_a_million_is_found():
    window = seen([-1.0]).merge(seen(range(100_000)))
    assert non_negative(compare(POSITIVE, window)).detail["negative"] >= 1


@pytest.mark.parametrize("values", [[0.0], [-0.0], [], [None], [-inf], ["-1"]], ids=str)
def test_without_a_negative_number_nothing_is_found(values):
    assert non_negative(compare(POSITIVE, values)) is None


def test_negative_numbers_are_fine_where_nothing_else_is_demanded():
    assert non_negative(compare(FRACTIONAL, [-1])) is None


# --- value_range -----------------------------------------------------------------------------------


def test_numbers_outside_the_range_of_the_baseline_are_found():
    window = [*range(950), *[-1] * 15, *[5000] * 35]
    finding = value_range(compare(INTEGRAL, window, baseline=range(1000)))
    assert (finding.observed, finding.expected, finding.detail["outside"]) == (0.95, 0.99, 50)
    assert finding.description.endswith("99.0% of the numbers between 0.0 and 999.0. Observed: Only 95.0%.")


def test_a_range_that_was_left_because_of_drift_is_not_said_again():
    comparison = compare(INTEGRAL, range(500, 1500), baseline=range(1000))
    assert baseline_drift(comparison)
    assert value_range(comparison) is None


def test_the_extremes_of_the_baseline_are_inside():
    assert value_range(compare(INTEGRAL, [0, 999] * 500, baseline=range(1000))) is None


def test_what_a_small_baseline_has_not_seen_may_be_chance():
    assert value_range(compare(INTEGRAL, [5] * 80 + [200] * 20, baseline=range(10))) is None


def test_the_share_that_may_lie_outside_can_be_chosen():
    window = [*range(950), *[5000] * 50]
    assert value_range(compare(INTEGRAL, window, baseline=range(1000), range_content_threshold=0.95)) is None


@pytest.mark.parametrize(("baseline", "window"), [(None, [1]), ([None], [1]), ([1], []), ([1], ["a"])])
def test_a_range_is_not_judged_without_numbers_on_both_sides(baseline, window):
    assert value_range(compare(INTEGRAL, window, baseline=baseline)) is None


# --- row_count, unique, sql ------------------------------------------------------------------------


def whole(rows: int = 10, answers: Answers = Answers(), **demanded: object) -> Whole:  # noqa: B008
    return Whole(Constraints.model_validate({"features": [], **demanded}), rows, answers)


@pytest.mark.parametrize(("bounds", "expected"), [
    ({"min": 11}, [11]), ({"max": 9}, [9]), ({"min": 10, "max": 10}, []), ({}, []),
])  # fmt: skip
def test_rows_are_counted_where_a_bound_is_given(bounds, expected):
    findings = row_count(whole(10, dataset_constraints={"row_count": bounds}))
    assert [finding.expected for finding in findings] == expected


def test_without_demands_a_window_has_no_finding():
    assert [list(check(whole())) for check in window_checks()] == [[], []]


def test_values_that_repeat_are_found():
    finding = unique(replace(compare(INTEGRAL, [1, 1, 1, 2]), answers=Answers(repeated={"f": 2, "g": 1})))
    assert (finding.observed, finding.expected, finding.detail) == (2, 0, {"repeated": 2, "present": 4})


def test_what_was_not_asked_is_not_judged():
    assert unique(compare(INTEGRAL, [1, 1])) is None
    assert list(sql(whole(sql_constraints=[{"name": "n", "expression": "a < b"}]))) == []


@pytest.mark.parametrize(("broken", "found"), [(0, 0), (1, 0), (2, 1)])
def test_an_expression_may_be_false_in_its_share_of_the_rows(broken, found):
    demanded = [{"name": "in order", "expression": "a < b", "maximum_share": 0.1}]
    findings = list(sql(whole(answers=Answers(sql=(Broken(broken, 3, 10),)), sql_constraints=demanded)))
    assert [(f.feature_name, f.observed, f.detail["unknown"]) for f in findings] == [("in order", 0.2, 3)] * found


# --- all -------------------------------------------------------------------------------------------


SPECIFIED = ["baseline_drift", "categorical_values", "completeness", "data_type", "extra_column", "missing_column"]


def test_the_mode_of_the_service_has_the_checks_of_the_specification_and_no_other():
    assert [check.__name__ for check in (*checks("sagemaker"), *window_checks("sagemaker"))] == SPECIFIED


def test_by_default_there_are_more():
    assert [check.__name__ for check in checks() if check.__name__ not in SPECIFIED] == [
        "anomaly",
        "non_negative",
        "unique",
        "value_range",
    ]
    assert [check.__name__ for check in window_checks()] == ["row_count", "sql"]


@pytest.mark.parametrize("check", checks(), ids=lambda check: check.__name__)
@pytest.mark.parametrize("mode", ["default", "sagemaker"])
@pytest.mark.parametrize("constraint", [INTEGRAL, FRACTIONAL, STRING, UNKNOWN, COLOURS], ids=lambda c: c.inferred_type)
@pytest.mark.parametrize("values", [[], [None], [inf, -inf], [1], ["a"], [True], [1e308, -1e308]], ids=str)
def test_odd_windows_have_a_defined_answer(check, mode, constraint, values):
    finding = check(compare(constraint, values, baseline=[1, "a", None, 2.5], mode=mode))
    assert finding is None or "nan" not in finding.model_dump_json().lower()
