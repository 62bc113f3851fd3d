"""Arguments as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said: all but None.

    >>> told({"role": None, "instance_count": 1})
    {'instance_count': 1}
    """
    return {name: value for name, value in values.items() if value is not None}


def plain(value: Any) -> Any:
    """Return an argument as JSON could hold it; what it could not is told as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(part) for part in value]
    return told(plain(vars(value))) if hasattr(value, "__dict__") else str(value)
