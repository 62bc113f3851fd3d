from __future__ import annotations

import pytest

from kedge.analysis.report import Finding

SHARES = ("data_type_check", "completeness_check", "categorical_values_check", "value_range_check")


def severity(kind, observed=None, expected=None, **detail):
    figures = {"observed": observed, "expected": expected, "detail": detail}
    return Finding(feature_name="x", constraint_check_type=kind, description="", **figures).severity


@pytest.mark.parametrize("kind", SHARES)
@pytest.mark.parametrize(
    ("observed", "expected", "said"),
    [(0.9, 1.0, "error"), (0.901, 1.0, "warning"), (0.99, 1.0, "warning"), (0.991, 1.0, "notice"), (0.4, 0.5, "error")],
)
def test_rows_beyond_what_is_allowed_count(kind, observed, expected, said):
    assert severity(kind, observed, expected) == said


@pytest.mark.parametrize(
    ("observed", "expected", "said"),
    [(0.2, 0.1, "error"), (0.19, 0.1, "warning"), (0.124, 0.1, "notice"), (3.0, 1.0, "error"), (0.01, 0.0, "error")],
)
def test_a_distance_counts_as_a_multiple_of_its_threshold(observed, expected, said):
    assert severity("baseline_drift_check", observed, expected) == said


@pytest.mark.parametrize(("broken", "said"), [(0.3, "error"), (0.22, "warning"), (0.201, "notice")])
def test_rows_in_which_an_expression_is_false_count(broken, said):
    assert severity("sql_check", broken, 0.2) == said


@pytest.mark.parametrize(("some", "said"), [(100, "error"), (10, "warning"), (9, "notice")])
def test_where_none_is_allowed_the_share_that_is_there_counts(some, said):
    assert severity("non_negative_check", -5, 0, negative=some, numbers=1000) == said
    assert severity("unique_check", some, 0, repeated=some, present=1000) == said


@pytest.mark.parametrize(("outside", "said"), [(0.103, "error"), (0.013, "warning"), (0.012, "notice")])
def test_values_that_stand_out_beyond_what_is_allowed_count(outside, said):
    assert severity("anomaly_check", outside, 0.003) == said


def test_a_p_value_is_a_warning_however_small():
    assert severity("baseline_drift_check", 1e-300, 0.1) == "warning"


@pytest.mark.parametrize(
    ("kind", "said"),
    [("missing_column_check", "error"), ("extra_column_check", "notice"), ("data_type_check", "warning")],
)
def test_without_figures_the_check_decides(kind, said):
    assert severity(kind) == said


def test_a_check_of_somebody_else_is_a_warning():
    assert severity("weekday_check", 9, 3) == "warning"


def test_the_severity_is_written_and_read_again():
    finding = Finding(feature_name="x", constraint_check_type="missing_column_check", description="")
    assert finding.model_dump()["severity"] == "error"
    assert Finding.model_validate(finding.model_dump()) == finding
