"""The distribution leans no further than it may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.report import Finding

if TYPE_CHECKING:
    from kedge.analysis.checks import Comparison


def lopsided(comparison: Comparison) -> Finding | None:
    """Find a lopsidedness beyond the ``lopsided_beyond`` of the feature's constraint, to either side."""
    limit = ((comparison.constraint and comparison.constraint.model_extra) or {}).get("lopsided_beyond")
    before, now = comparison.statistic("lopsidedness")
    if limit is None or now is None or abs(now) <= limit:
        return None
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="lopsided_check",
        description=f"The lopsidedness is {now:.3g}, and at most {limit:g} to either side is allowed.",
        observed=now,
        expected=limit,
        detail={"baseline": before, "window": now},
    )
