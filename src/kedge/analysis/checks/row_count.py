"""There are as many rows as there should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.report import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.checks import Whole

JUDGES = "window"
OURS = True


def row_count(whole: Whole) -> Iterator[Finding]:
    """Find fewer rows than ``dataset_constraints.row_count.min``, or more than its ``max``.

    Judged only where the constraints name a bound. The service knows no such check.
    """
    demanded = whole.constraints.dataset_constraints
    bounds = demanded and demanded.row_count
    if not bounds:
        return
    if bounds.min is not None and whole.rows < bounds.min:
        yield _finding(whole.rows, "at least", bounds.min)
    if bounds.max is not None and whole.rows > bounds.max:
        yield _finding(whole.rows, "at most", bounds.max)


def _finding(rows: int, side: str, bound: int) -> Finding:
    return Finding(
        feature_name="row_count",
        constraint_check_type="row_count_check",
        description=f"Row count requirement is not met. Expected: {side} {bound}. Observed: {rows}.",
        observed=rows,
        expected=bound,
        detail={"window": rows},
    )
