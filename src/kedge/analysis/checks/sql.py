"""An expression is true in every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.report import Finding
from kedge.analysis.wording import percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.checks import Whole

JUDGES = "window"
OURS = True


def sql(whole: Whole) -> Iterator[Finding]:
    """Find expressions of ``sql_constraints`` that are false in more rows than their ``maximum_share``.

    A row in which an expression is neither true nor false, since a value is missing, does not count as false.
    The name of the constraint stands where other violations name a feature. Nothing is found where the rows were
    not asked, as in a window that is judged by its profile. The service knows no such check.
    """
    for constraint, answer in zip(whole.constraints.sql_constraints or (), whole.answers.sql, strict=False):
        share = answer.broken / answer.rows if answer.rows else 0.0
        if share > constraint.maximum_share:
            yield Finding(
                feature_name=constraint.name,
                constraint_check_type="sql_check",
                description=(
                    f"Requirement is not met: {constraint.expression}. "
                    f"Expected: false in at most {percent(constraint.maximum_share)}% of the rows. "
                    f"Observed: {percent(share)}%."
                ),
                observed=share,
                expected=constraint.maximum_share,
                detail={
                    "expression": constraint.expression,
                    "broken": answer.broken,
                    "unknown": answer.unknown,
                    "rows": answer.rows,
                },
            )
