"""There is no column that the baseline did not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.report import Finding

if TYPE_CHECKING:
    from kedge.analysis.checks import Comparison


def extra_column(comparison: Comparison) -> Finding | None:
    """Find a column that the window has and the constraints do not name, one finding a column.

    By default columns are compared by name, so that a renamed one is found. Mode ``sagemaker`` looks only
    when the window has more columns than the constraints.
    Reference: data-quality.md, 3.5, check 5.
    """
    found, expected = comparison.columns_found, comparison.columns_expected
    if comparison.constraint or not comparison.window:
        return None
    if comparison.mode == "sagemaker" and found <= expected:
        return None
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="extra_column_check",
        description=(
            "There are extra columns in current dataset. "
            f"Number of columns in current dataset: {found}, "
            f"Number of columns in baseline constraints: {expected}"
        ),
        observed=found,
        expected=expected,
        detail={"baseline": expected, "window": found},
    )
