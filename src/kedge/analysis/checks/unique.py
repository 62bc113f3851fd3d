"""No value occurs twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.report import Finding

if TYPE_CHECKING:
    from kedge.analysis.checks import Comparison

OURS = True


def unique(comparison: Comparison) -> Finding | None:
    """Find values that repeat an earlier one, where ``is_unique`` is true.

    Exact, by the rows and not by a sketch. Values are compared as they are written, so ``1`` and ``1.0`` differ;
    missing ones do not count. Nothing is found where the rows were not asked, as in a window that is judged by
    its profile. The service knows no such check.
    """
    repeated, window = comparison.answers.repeated.get(comparison.name, 0), comparison.window
    if not repeated or not window:
        return None
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="unique_check",
        description=f"Uniqueness requirement is not met. {repeated} values repeat an earlier one.",
        observed=repeated,
        expected=0,
        detail={"repeated": repeated, "present": window.types.present},
    )
