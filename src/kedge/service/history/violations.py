"""Rows of violations: what every monitor says of one, by the same columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDS: Final = {"interval": ("lower", "upper"), "allowed_range": ("allowed_lower", "allowed_upper")}
NAMES: Final = {
    "metric_name": "metric",
    "feature_name": "feature",
    "constraint_check_type": "constraint_check",
    **{name: name for name in ("label", "segment", "facet", "facet_value", "severity", "lower", "upper")},
    **{name: name for name in ("description", "hint")},
}


def violation(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a finding, or of a violation that has no figures, as its document says it."""
    row = {column: found[name] for name, column in NAMES.items() if name in found}
    for name in ("observed", "expected"):
        value = found.get(name)
        row[f"{name}_text" if isinstance(value, str) else name] = value
    for name, columns in ENDS.items():
        row |= dict(zip(columns, found.get(name) or (), strict=False))
    return row
