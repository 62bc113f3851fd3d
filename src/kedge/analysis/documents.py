"""The service's documents: statistics, constraints, violations (data-quality.md, 3.2 to 3.4).

Readers accept every spelling that the specification lists; writers write one.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

# A key at the start of its line: the service puts a space before the colon.
_KEYS = re.compile(r'^( *"(?:[^"\\]|\\.)*"):', re.MULTILINE)
# A list of numbers, which stays on one line.
_NUMBERS = re.compile(r"\[\n([-+.\deE,\s]+)\]")

# Deequ knows Boolean too (data-quality.md, 3.3); here booleans count as texts.
InferredType = Annotated[
    Literal["Integral", "Fractional", "String", "Unknown"],
    BeforeValidator(lambda name: "String" if name == "Boolean" else name),
]
Switch = Literal["Enabled", "Disabled"]
DriftMethod = Literal["LInfinity", "ChiSquared"]

# What a method compares, and the names that the service has for it.
METHODS = {
    "comparison_method": ("numbers", ("Simple", "Robust")),
    "categorical_drift_method": ("categories", ("LInfinity", "ChiSquared")),
}


class Document(BaseModel):
    """A part of a file of the service: unknown keys are kept, so that nothing a user wrote is lost."""

    model_config = ConfigDict(extra="allow", populate_by_name=True, ser_json_inf_nan="strings")

    def to_json(self) -> str:
        """Return the document as the service lays it out, keys without a value left out."""
        text = _KEYS.sub(r"\1 :", self.model_dump_json(by_alias=True, exclude_none=True, indent=2))
        return _NUMBERS.sub(lambda found: "[ " + " ".join(found[1].split()) + " ]", text) + "\n"


# --- statistics.json -------------------------------------------------------------------------------


class CommonStatistics(Document):
    """How many values are there and how many are missing."""

    num_present: int
    num_missing: int


class Bucket(Document):
    """One of ten buckets of equal width; ``count`` values lie in it, by the sketch's ranks."""

    lower_bound: float
    upper_bound: float
    count: float


class SketchParameters(Document):
    """Parameters of the KLL sketch."""

    c: float = 0.64
    k: float = 2048.0


class KllSketch(Document):
    """The sketch itself: an item of level ``i`` stands for ``2**i`` values."""

    parameters: SketchParameters = SketchParameters()
    data: list[list[float]] = []


class KllDistribution(Document):
    """A numeric distribution."""

    buckets: list[Bucket] = []
    sketch: KllSketch | None = None


class NumericalDistribution(Document):
    """Holds the numeric distribution."""

    kll: KllDistribution | None = None


class NumericalStatistics(Document):
    """Statistics of an Integral or Fractional feature; ``std_dev`` is the population's."""

    common: CommonStatistics
    mean: float | None = None
    sum: float | None = None
    std_dev: float | None = None
    min: float | None = None
    max: float | None = None
    distribution: NumericalDistribution | None = None


class CategoricalBucket(Document):
    """One category and how often it occurs."""

    value: str
    count: int


class CategoricalDistribution(Document):
    """A distribution over categories, most frequent first."""

    buckets: list[CategoricalBucket] = []


class StringDistribution(Document):
    """Holds the categorical distribution."""

    categorical: CategoricalDistribution | None = None


class StringStatistics(Document):
    """Statistics of a String feature."""

    common: CommonStatistics
    distinct_count: float | None = None
    distribution: StringDistribution | None = None


class FeatureStatistics(Document):
    """Statistics of one feature: numerical, string, or only ``common`` where the type is Unknown."""

    name: str
    inferred_type: InferredType
    numerical_statistics: NumericalStatistics | None = None
    string_statistics: StringStatistics | None = None
    common: CommonStatistics | None = None


class DatasetStatistics(Document):
    """The rows that were read; monitoring runs add the window."""

    item_count: int
    start_time: str | None = None
    end_time: str | None = None
    evaluation_time: str | None = None


class Statistics(Document):
    """``statistics.json``."""

    version: float = 0.0
    dataset: DatasetStatistics
    features: list[FeatureStatistics]


# --- constraints.json ------------------------------------------------------------------------------


class DistributionConstraints(Document):
    """How the distribution of a feature is compared: by a method of the service, or a distance of that name."""

    perform_comparison: Switch = "Enabled"
    comparison_threshold: float = Field(default=0.1, ge=0)
    comparison_method: str = Field(
        default="Robust", validation_alias=AliasChoices("comparison_method", "comparion_method")
    )
    categorical_comparison_threshold: float | None = Field(default=None, ge=0)
    categorical_drift_method: str = "LInfinity"
    tolerance: float | None = Field(default=None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _older_spellings(cls, data: Any) -> Any:
        names = {"linf_simple": "Simple", "linf_robust": "Robust"}
        if isinstance(data, dict):
            return {key: names.get(value, value) if isinstance(value, str) else value for key, value in data.items()}
        return data

    @field_validator(*METHODS)
    @classmethod
    def _known(cls, name: str, field: ValidationInfo) -> str:
        """Refuse a name that none of the ``distances`` has which the context holds; without, take it as it is."""
        compared, methods = METHODS[str(field.field_name)]
        if name in methods:
            return name
        known = (field.context or {}).get("distances")
        if known is None:
            return name
        usable = [*methods, *sorted(found.name for found in known.values() if compared in found.compares)]
        if name not in usable:
            reason = f"{name} does not compare {compared}; input" if name in known else "Input"
            told = {"reason": reason, "names": ", ".join(map(repr, usable))}
            raise PydanticCustomError("distance", "{reason} should be one of {names}", told)
        return name


class AnomalyConstraints(Document):
    """What is an anomaly, and how many may be: kedge's own, as the service has no such check."""

    limit: float = Field(default=6.0, gt=0)
    maximum_share: float = Field(default=0.002, ge=0, le=1)


class MonitoringConfig(Document):
    """What is checked, and how strictly; the defaults are those of generated files, not of the docs' table."""

    evaluate_constraints: Switch = "Enabled"
    emit_metrics: Switch = "Enabled"
    datatype_check_threshold: float = Field(default=1.0, ge=0, le=1)
    domain_content_threshold: float = Field(default=1.0, ge=0, le=1)
    range_content_threshold: float | None = Field(default=None, ge=0, le=1)
    distribution_constraints: DistributionConstraints = DistributionConstraints()
    # Left out of what is written, until somebody demands more or less than the defaults.
    anomaly_constraints: AnomalyConstraints | None = None

    @property
    def anomalies(self) -> AnomalyConstraints:
        """What is demanded of single values, by default where nothing else is."""
        return self.anomaly_constraints or AnomalyConstraints()


class NumConstraints(Document):
    """Demands on numbers."""

    is_non_negative: bool | None = None


class StringConstraints(Document):
    """Demands on texts; ``domains`` are the values that may occur."""

    domains: list[str] | None = None


class FeatureConstraints(Document):
    """Demands on one feature; ``monitoring_config_overrides`` may replace any key of the monitoring config."""

    name: str
    inferred_type: InferredType
    completeness: float | None = Field(default=None, ge=0, le=1)
    is_unique: bool | None = None
    num_constraints: NumConstraints | None = None
    string_constraints: StringConstraints | None = None
    monitoring_config_overrides: dict[str, Any] | None = Field(
        default=None,
        validation_alias=AliasChoices("monitoring_config_overrides", "monitoringConfigOverrides"),
    )


class RowCount(Document, extra="forbid"):
    """How many rows a window has, both ends included."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)


class DatasetConstraints(Document, extra="forbid"):
    """Demands on the window as a whole; kedge's own."""

    row_count: RowCount | None = None


class SqlConstraint(Document, extra="forbid"):
    """A demand in SQL: the expression may be false in ``maximum_share`` of the rows; kedge's own."""

    name: str
    expression: str
    maximum_share: float = Field(default=0.0, ge=0, le=1)


class Constraints(Document):
    """``constraints.json``."""

    version: float = 0.0
    features: list[FeatureConstraints]
    monitoring_config: MonitoringConfig = MonitoringConfig()
    dataset_constraints: DatasetConstraints | None = None
    sql_constraints: list[SqlConstraint] | None = None


# --- constraint_violations.json --------------------------------------------------------------------


class Violation(Document):
    """One broken constraint: the service's three keys."""

    feature_name: str
    constraint_check_type: str
    description: str


class ConstraintViolations(Document):
    """``constraint_violations.json``."""

    violations: list[Violation] = []
