"""Every column of the baseline is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.report import Finding

if TYPE_CHECKING:
    from kedge.analysis.checks import Comparison


def missing_column(comparison: Comparison) -> Finding | None:
    """Find a column that the constraints name and the window lacks, one finding a column.

    By default columns are compared by name, so that a renamed one is found. Mode ``sagemaker`` looks only
    when the window has fewer columns than the constraints.
    Reference: data-quality.md, 3.5, check 4.
    """
    found, expected = comparison.columns_found, comparison.columns_expected
    if not comparison.constraint or comparison.window:
        return None
    if comparison.mode == "sagemaker" and found >= expected:
        return None
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="missing_column_check",
        description=(
            "There are missing columns in current dataset. "
            f"Number of columns in current dataset: {found}, "
            f"Number of columns in baseline constraints: {expected}"
        ),
        observed=found,
        expected=expected,
        detail={"baseline": expected, "window": found},
    )
