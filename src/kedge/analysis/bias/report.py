"""What is found wrong with how two sides are treated."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, computed_field

from kedge.analysis.bias import severity as severities
from kedge.analysis.severity import Severity


class BiasFinding(BaseModel, ser_json_inf_nan="strings"):
    """A violation with its reasons: ``expected`` is the baseline's value.

    One that the service wrote has no figures. ``allowed_range`` is where the metric may lie, ``interval`` where it lies
    with 95 % confidence; mode ``sagemaker`` knows no interval.
    """

    facet: str
    facet_value: str
    metric_name: str
    constraint_check_type: str
    description: str
    observed: float | None = None
    expected: float | None = None
    allowed_range: tuple[float, float] | None = None
    interval: tuple[float, float] | None = None
    detail: dict[str, Any] = {}
    hint: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return severities.severity(self)
