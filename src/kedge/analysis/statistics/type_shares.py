"""How the present values divide among the types."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kedge.analysis.profile import Feature


def type_shares(feature: Feature) -> dict[str, float] | None:
    """Return the share of every type among the present values.

    Each between 0 and 1, exact, together 1, judged value by value: ``1`` is Integral also in a column of
    fractions. None where no value is present.
    Reference: data-quality.md, 3.3.

    >>> from kedge.analysis.batch import column
    >>> from kedge.analysis.profile import Feature
    >>> type_shares(Feature().update(column([1, 2.5, 3, "a", None])))
    {'Fractional': 0.25, 'Integral': 0.5, 'Boolean': 0.0, 'String': 0.25}
    """
    types = feature.types
    counts = {
        "Fractional": types.fractional,
        "Integral": types.integral,
        "Boolean": types.boolean,
        "String": types.string,
    }
    return {name: count / types.present for name, count in counts.items()} if types.present else None
