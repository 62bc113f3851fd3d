"""Every value has the type that the baseline had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.report import Finding
from kedge.analysis.statistics.type_shares import type_shares
from kedge.analysis.wording import percent

if TYPE_CHECKING:
    from kedge.analysis.checks import Comparison
    from kedge.analysis.report import Mode
    from kedge.analysis.sketches.types import Types


def data_type(comparison: Comparison) -> Finding | None:
    """Find fewer values of the expected type than ``datatype_check_threshold``, among those present.

    By default an integer is a fraction too, and every value is a text. Mode ``sagemaker`` counts each value
    for its own type only, a boolean as a text.
    Nothing is found where the expected type is Unknown, or where no value is present.
    Reference: data-quality.md, 3.5, check 1.
    """
    constraint, window = comparison.constraint, comparison.window
    if not constraint or constraint.inferred_type == "Unknown" or not window or not window.types.present:
        return None
    expected, threshold = constraint.inferred_type, comparison.config.datatype_check_threshold
    matching = _matching(window.types, expected, comparison.mode)
    share = matching / window.types.present
    if share >= threshold:
        return None
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="data_type_check",
        description=(
            f"Data type match requirement is not met. Expected data type: {expected}, "
            f"Expected match: {percent(threshold)}%. Observed: Only {percent(share)}% of data is {expected}."
        ),
        observed=share,
        expected=threshold,
        detail={
            "expected_type": expected,
            "matching": matching,
            "present": window.types.present,
            "baseline": comparison.baseline and type_shares(comparison.baseline),
            "window": type_shares(window),
        },
    )


def _matching(types: Types, expected: str, mode: Mode) -> int:
    strict = mode == "sagemaker"
    counts = {
        "Integral": types.integral,
        "Fractional": types.fractional if strict else types.fractional + types.integral,
        "String": types.string + types.boolean if strict else types.present,
    }
    return counts[expected]
