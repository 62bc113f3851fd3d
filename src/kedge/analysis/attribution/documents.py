"""The service's documents of feature attribution: the analysis and its violations (explainability.md, 6.4 and 6.6).

What is kedge's own stands after what is the service's, and is left out where it is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, FiniteFloat, model_validator
from pydantic_core import PydanticCustomError

from kedge.analysis.attribution.config import AttributionConfig, Strict
from kedge.analysis.attribution.kernel_shap import Method
from kedge.analysis.documents import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

METRIC = "shap"
DRIFT_CHECK = "feature_attribution_drift_check"
RANGE_CHECK = "feature_attribution_range_check"
SHARE_CHECK = "feature_attribution_share_check"


def is_attribution(raw: Mapping[str, Any]) -> bool:
    """Return whether a document, as it was parsed, is one of feature attribution.

    >>> is_attribution({"explanations": {"kernel_shap": {}}}), is_attribution({"explanations": {"pdp": []}})
    (True, False)
    """
    found = raw.get("explanations")
    return isinstance(found, dict) and "kernel_shap" in found


# --- analysis.json ---------------------------------------------------------------------------------


class LabelAttributions(Document):
    """The attributions of one label of the answer; ``standard_deviations`` are what chance gives them, and ours."""

    global_shap_values: dict[str, FiniteFloat]
    expected_value: FiniteFloat | None = None
    standard_deviations: dict[str, FiniteFloat] | None = None


class Explanations(Document):
    """What was explained, by method."""

    kernel_shap: dict[str, LabelAttributions]


class FeatureConstraint(Strict):
    """A demand on one feature, of every label or of one; kedge's own.

    ``allowed_range`` holds its attribution, both ends included; a share is that of the sizes of all attributions.
    """

    feature_name: str
    label: str | None = None
    allowed_range: tuple[FiniteFloat, FiniteFloat] | None = None
    minimum_share: float | None = Field(default=None, ge=0, le=1)
    maximum_share: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _demanding(self) -> Self:
        low, high = self.allowed_range or (0.0, 0.0)
        if low > high:
            raise PydanticCustomError("range", "allowed_range should be the lower end and the upper end", {})
        if self.allowed_range is None and self.minimum_share is None and self.maximum_share is None:
            expected = "allowed_range, minimum_share and maximum_share"
            raise PydanticCustomError("nothing", "There should be one of {expected}", {"expected": expected})
        return self


class AttributionAnalysis(Document):
    """``analysis.json``: statistics and constraints in one.

    ``rows_explained``, ``method``, ``ndcg_threshold``, ``feature_constraints`` and ``analysis_config`` are kedge's own;
    the last is how it was made, with the rows of the background and every number that was chosen.
    """

    version: str | float = "1.0"
    explanations: Explanations
    rows_explained: int | None = None
    method: Method | None = None
    ndcg_threshold: float | None = Field(default=None, ge=0, le=1)
    feature_constraints: list[FeatureConstraint] | None = None
    analysis_config: AttributionConfig | None = None

    @property
    def labels(self) -> dict[str, LabelAttributions]:
        """The attributions by label."""
        return self.explanations.kernel_shap


# --- constraint_violations.json --------------------------------------------------------------------


class AttributionViolation(Document):
    """One broken constraint; the service's are of a whole label, and have no feature."""

    label: str
    metric_name: str = METRIC
    constraint_check_type: str
    description: str
    feature_name: str | None = None


class AttributionViolations(Document):
    """``constraint_violations.json``."""

    version: str | float = "1.0"
    violations: list[AttributionViolation] = Field(default_factory=list)
