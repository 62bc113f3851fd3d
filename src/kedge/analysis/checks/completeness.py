"""As many rows hold a value as did in the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.report import Finding
from kedge.analysis.statistics.completeness import completeness as share_present
from kedge.analysis.wording import percent

if TYPE_CHECKING:
    from kedge.analysis.checks import Comparison


def completeness(comparison: Comparison) -> Finding | None:
    """Find a smaller share of rows with a value than the constraint's ``completeness``.

    Nothing is found where the constraint names no completeness, or where the window holds no row.
    Reference: data-quality.md, 3.5, check 2.
    """
    constraint, window = comparison.constraint, comparison.window
    expected = constraint.completeness if constraint else None
    observed = share_present(window) if window else None
    if not window or expected is None or observed is None or observed >= expected:
        return None
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="completeness_check",
        description=(
            "Data completeness requirement is not met. "
            f"Expected: {percent(expected)}%. Observed: Only {percent(observed)}%."
        ),
        observed=observed,
        expected=expected,
        detail={
            "present": window.types.present,
            "missing": window.types.missing,
            "baseline": comparison.baseline and share_present(comparison.baseline),
            "window": observed,
        },
    )
