"""Whom an analysis of bias looks at."""

from __future__ import annotations

from typing import Any

from kedge.errors import SettingError
from kedge.interfaces.sdk.model_monitor.given import told


class BiasConfig:
    """The labels to be wished for, and the groups that are told apart.

    Parameters
    ----------
    label_values_or_threshold
        Labels to be wished for, or above which number they are.
    facet_name
        The column, or several, by which people are told apart.
    facet_values_or_threshold
        Of those who may be at a disadvantage: values, or above which number; of several columns one list each.
    group_name
        The column of groups within which disparity is looked for, too.

    Raises
    ------
    SettingError
        There are not as many values as columns.
    """

    def __init__(
        self,
        label_values_or_threshold: list[Any] | float | str,
        facet_name: str | int | list[str] | list[int],
        facet_values_or_threshold: Any = None,
        group_name: str | None = None,
    ) -> None:
        names = facet_name if isinstance(facet_name, list) else [facet_name]
        values = _values(facet_name, facet_values_or_threshold, len(names))
        facets = [
            told({"name_or_index": name, "value_or_threshold": value})
            for name, value in zip(names, values, strict=True)
        ]
        labels = _listed(label_values_or_threshold)
        self.analysis_config = told(
            {"label_values_or_threshold": labels, "facet": facets, "group_variable": group_name}
        )

    def get_config(self) -> dict[str, Any]:
        """Return its part of the analysis configuration."""
        return dict(self.analysis_config)


def _values(facet: Any, values: Any, count: int) -> list[Any]:
    """Return the values of each column: None is all of them, one against the rest."""
    if values is None:
        return [None] * count
    if not isinstance(facet, list):
        return [_listed(values)]
    if not isinstance(values, list) or len(values) != count:
        raise SettingError(
            f"There are {count} facets, and not as many lists of values.",
            field="facet_values_or_threshold",
            next_step="Give one list for each, or None for one whose values are all looked at.",
        )
    return [None if part is None else _listed(part) for part in values]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
