"""What is found wrong with a model's quality, and what the labelled rows say of the others."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, computed_field

from kedge.analysis.quality import severity as severities
from kedge.analysis.severity import Severity


class MetricFinding(BaseModel):
    """A violation with its reasons: ``expected`` is the threshold, ``standard_deviation`` the window's own.

    One that the service wrote has no figures. ``segment`` is None where all rows are judged, else text such as
    ``"SEX=2"``.
    """

    metric_name: str
    constraint_check_type: str
    description: str
    observed: float | None = None
    expected: float | None = None
    standard_deviation: float | None = None
    segment: str | None = None
    detail: dict[str, Any] = {}
    hint: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return severities.severity(self)


class Selected(BaseModel):
    """A feature that is another one in the rows with a label than in those without."""

    feature: str
    distance: float
    threshold: float
    method: str
