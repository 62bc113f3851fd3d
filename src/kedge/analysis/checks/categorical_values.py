"""Every value is one of those that the constraint lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.report import Finding
from kedge.analysis.wording import number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.analysis.checks import Comparison
    from kedge.analysis.documents import FeatureConstraints

NAMED = 3
LONGEST = 40


def categorical_values(comparison: Comparison) -> Finding | None:
    """Find fewer values inside ``domains`` than ``domain_content_threshold``, among those present.

    Where the window has more categories than its sketch keeps, only the values that it surely holds outside
    are counted against it: the share may then be lower than stated, never higher. Numbers that were not
    counted as texts are outside of the domain of a String feature.
    Nothing is found where the constraint lists no domain, or where no value is present.
    Reference: data-quality.md, 3.5, check 6.
    """
    constraint, window = comparison.constraint, comparison.window
    domain = _domain(constraint) if constraint else ()
    if not constraint or not window or not domain:
        return None
    known = {window.categories.named(value) for value in domain}
    counted, threshold = window.categories.total, comparison.config.domain_content_threshold
    total = window.types.present if constraint.inferred_type == "String" else counted
    unseen = {value: count for value, count in window.categories.counts.items() if value not in known}
    outside = sum(unseen.values()) + total - counted
    share = (total - outside) / total if total else 1.0
    if share >= threshold:
        return None
    return Finding(
        feature_name=comparison.name,
        constraint_check_type="categorical_values_check",
        description=(
            f"Value: {number(share)} does not meet the constraint requirement! "
            f"{percent(outside / total)}% of the values are not in the domain{_such_as(unseen)}."
        ),
        observed=share,
        expected=threshold,
        detail={
            "present": total,
            "outside": outside,
            "baseline": len(known),
            "window": len(unseen),
            "unknown": {_short(value): unseen[value] for value in _most(unseen)},
        },
    )


def _domain(constraint: FeatureConstraints) -> Sequence[str]:
    texts = constraint.string_constraints
    return (texts and texts.domains) or ()


def _such_as(unseen: dict[str, int]) -> str:
    return ", such as " + ", ".join(repr(_short(value)) for value in _most(unseen)) if unseen else ""


def _most(unseen: dict[str, int]) -> list[str]:
    return sorted(unseen, key=lambda value: (-unseen[value], value))[:NAMED]


def _short(value: str) -> str:
    return value if len(value) <= LONGEST else value[:LONGEST] + "…"
