"""The service's documents of model quality: statistics, constraints, violations (model-quality.md, 4.2 to 4.5).

What is kedge's own stands after what is the service's, and is left out where it is not known.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, FiniteFloat, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from kedge.analysis.documents import DatasetStatistics, Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.roles import Problem

Operator = Literal["GreaterThanThreshold", "LessThanThreshold"]
NOT_KNOWN: Literal["NaN"] = "NaN"
POSITIVE = "1"
BEST_CONSTANT = "_best_constant_classifier"
_NEARLY = 0.85

# The block of each problem, in statistics and in constraints.
METRICS: Mapping[Problem, str] = {
    "Regression": "regression_metrics",
    "BinaryClassification": "binary_classification_metrics",
    "MulticlassClassification": "multiclass_classification_metrics",
}
CONSTRAINTS: Mapping[Problem, str] = {
    "Regression": "regression_constraints",
    "BinaryClassification": "binary_classification_constraints",
    "MulticlassClassification": "multiclass_classification_constraints",
}


def is_quality(raw: Mapping[str, Any]) -> bool:
    """Return whether a document, as it was parsed, is one of model quality.

    Violations are told by their entries; a list without any may be of either monitor.

    >>> is_quality({"version": 0.0, "regression_metrics": {}}), is_quality({"version": 0.0, "features": []})
    (True, False)
    """
    entries = raw.get("violations") or []
    told = isinstance(entries, list) and any(isinstance(entry, dict) and "metric_name" in entry for entry in entries)
    return told or not raw.keys().isdisjoint([*METRICS.values(), *CONSTRAINTS.values()])


# --- statistics.json -------------------------------------------------------------------------------


class MetricValue(Document):
    """A metric, and the standard deviation that chance gives it; ``"NaN"``, a text, where that is not known."""

    value: float
    standard_deviation: Annotated[
        FiniteFloat | Literal["NaN"],
        BeforeValidator(lambda found: NOT_KNOWN if found is None or found != found else found),
    ] = NOT_KNOWN

    @property
    def spread(self) -> float | None:
        """The standard deviation, or None where it is not known."""
        return None if self.standard_deviation == NOT_KNOWN else self.standard_deviation


class RocCurve(Document):
    """The receiver operating characteristic, from (0, 0) to (1, 1)."""

    false_positive_rates: list[float]
    true_positive_rates: list[float]


class PrecisionRecallCurve(Document):
    """Precision by recall, the highest threshold first."""

    precisions: list[float]
    recalls: list[float]


class ReliabilityCurve(Document):
    """Of each bin of scores: the mean score, the share of positives, and how many rows; kedge's own."""

    mean_scores: list[float]
    positive_rates: list[float]
    item_counts: list[int]


class ClassMetrics(Document):
    """The metrics of one class against all others; kedge's own."""

    item_count: int
    recall: float
    precision: float
    f1: float


class Metrics(Document):
    """The metrics of one problem; those of plugins are further keys."""

    @property
    def scalars(self) -> dict[str, MetricValue]:
        """Every metric that is one number, by name, in the order of the file."""
        entries = {name: getattr(self, name) for name in type(self).model_fields} | (self.model_extra or {})
        return {name: MetricValue.model_validate(entry) for name, entry in entries.items() if _is_value(entry)}


def _is_value(entry: object) -> bool:
    return isinstance(entry, MetricValue) or (isinstance(entry, dict) and "value" in entry)


class RegressionMetrics(Metrics):
    """Of numbers."""

    mae: MetricValue | None = None
    mse: MetricValue | None = None
    rmse: MetricValue | None = None
    r2: MetricValue | None = None


class BinaryMetrics(Metrics):
    """Of two classes; curves, ``auc`` and what follows ``f2_best_constant_classifier`` but ``mcc`` need scores."""

    confusion_matrix: dict[str, dict[str, int]] | None = None
    recall: MetricValue | None = None
    precision: MetricValue | None = None
    accuracy: MetricValue | None = None
    recall_best_constant_classifier: MetricValue | None = None
    precision_best_constant_classifier: MetricValue | None = None
    accuracy_best_constant_classifier: MetricValue | None = None
    true_positive_rate: MetricValue | None = None
    true_negative_rate: MetricValue | None = None
    false_positive_rate: MetricValue | None = None
    false_negative_rate: MetricValue | None = None
    receiver_operating_characteristic_curve: RocCurve | None = None
    precision_recall_curve: PrecisionRecallCurve | None = None
    auc: MetricValue | None = None
    f0_5: MetricValue | None = None
    f1: MetricValue | None = None
    f2: MetricValue | None = None
    f0_5_best_constant_classifier: MetricValue | None = None
    f1_best_constant_classifier: MetricValue | None = None
    f2_best_constant_classifier: MetricValue | None = None
    log_loss: MetricValue | None = None
    brier_score: MetricValue | None = None
    expected_calibration_error: MetricValue | None = None
    mcc: MetricValue | None = None
    au_prc: MetricValue | None = None
    reliability_curve: ReliabilityCurve | None = None
    # Left out where it is the service's, "1".
    positive_class: str | None = None

    @property
    def positive(self) -> str:
        """The class that is looked for."""
        return self.positive_class or POSITIVE


class MulticlassMetrics(Metrics):
    """Of several classes, weighted by the share of each actual class."""

    confusion_matrix: dict[str, dict[str, int]] | None = None
    accuracy: MetricValue | None = None
    weighted_recall: MetricValue | None = None
    weighted_precision: MetricValue | None = None
    weighted_f0_5: MetricValue | None = None
    weighted_f1: MetricValue | None = None
    weighted_f2: MetricValue | None = None
    accuracy_best_constant_classifier: MetricValue | None = None
    weighted_recall_best_constant_classifier: MetricValue | None = None
    weighted_precision_best_constant_classifier: MetricValue | None = None
    weighted_f0_5_best_constant_classifier: MetricValue | None = None
    weighted_f1_best_constant_classifier: MetricValue | None = None
    weighted_f2_best_constant_classifier: MetricValue | None = None
    mcc: MetricValue | None = None
    per_class: dict[str, ClassMetrics] | None = None


class SegmentMetrics(Document):
    """The metrics of the rows of one segment, by name; kedge's own."""

    __pydantic_extra__: dict[str, MetricValue]

    item_count: int
    confusion_matrix: dict[str, dict[str, int]] | None = None

    @property
    def scalars(self) -> dict[str, MetricValue]:
        """Every metric by name."""
        return self.__pydantic_extra__


class QualityStatistics(Document):
    """``statistics.json``: the block of one problem; ``segments`` and ``ground_truth`` are kedge's own."""

    version: float = 0.0
    dataset: DatasetStatistics
    regression_metrics: RegressionMetrics | None = None
    binary_classification_metrics: BinaryMetrics | None = None
    multiclass_classification_metrics: MulticlassMetrics | None = None
    segments: dict[str, dict[str, SegmentMetrics]] | None = None
    ground_truth: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        _refuse_all_but_one(self, METRICS)
        return self

    @property
    def problem(self) -> Problem:
        """The problem whose metrics these are."""
        return _problem(self, METRICS)

    @property
    def metrics(self) -> Metrics:
        """The block of the problem."""
        found: Metrics = getattr(self, METRICS[self.problem])
        return found


# --- constraints.json ------------------------------------------------------------------------------


class Careful(Document):
    """A part whose keys a person writes: one that is nearly ours is refused, as it would demand nothing."""

    @model_validator(mode="after")
    def _refuse_misspelt(self) -> Self:
        for key in self.model_extra or {}:
            for meant in get_close_matches(key, type(self).model_fields, n=1, cutoff=_NEARLY):
                told = {"key": key, "meant": meant}
                raise PydanticCustomError("misspelt", "There is no key '{key}'; '{meant}' is nearly so called", told)
        return self


class MetricConstraint(Careful):
    """A demand on one metric; ``standard_deviations`` says beyond how many it is broken, and is kedge's own."""

    threshold: FiniteFloat
    comparison_operator: Operator
    standard_deviations: float | None = Field(default=None, gt=0, allow_inf_nan=False)


def _known(name: str, info: ValidationInfo) -> str:
    """Refuse a name that is none of the ``metrics`` which the context holds; without, take it as it is."""
    known = (info.context or {}).get("metrics")
    if known is not None and name.removesuffix(BEST_CONSTANT) not in known:
        told = {"names": ", ".join(map(repr, known))}
        raise PydanticCustomError("metric", "There is no such metric; a name should be one of {names}", told)
    return name


Block = dict[Annotated[str, AfterValidator(_known)], MetricConstraint]


class Demands(Careful):
    """Demands on the metrics of one problem."""

    regression_constraints: Block | None = None
    binary_classification_constraints: Block | None = None
    multiclass_classification_constraints: Block | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        _refuse_all_but_one(self, CONSTRAINTS)
        return self

    @property
    def problem(self) -> Problem:
        """The problem whose metrics are demanded."""
        return _problem(self, CONSTRAINTS)

    @property
    def metrics(self) -> dict[str, MetricConstraint]:
        """The demands by the metric's name."""
        found: dict[str, MetricConstraint] = getattr(self, CONSTRAINTS[self.problem])
        return found


class Segment(Document):
    """The rows in which the column ``segment`` has one value."""

    segment: str
    value: str


class SegmentConstraints(Demands, Segment):
    """Demands on one segment; kedge's own."""


class GroundTruthConstraints(Document, extra="forbid"):
    """How much must be labelled before there is a verdict."""

    minimum_coverage: float | None = Field(default=None, ge=0, le=1)
    minimum_rows: int | None = Field(default=None, ge=0)


class Versioned(Document):
    """What a file begins with."""

    version: float = 0.0


class QualityConstraints(Demands, Versioned):
    """``constraints.json``; ground truth and segments are kedge's own."""

    ground_truth_constraints: GroundTruthConstraints | None = None
    segment_constraints: list[SegmentConstraints] | None = None

    @model_validator(mode="after")
    def _one_problem(self) -> Self:
        for part in self.segment_constraints or []:
            if part.problem != self.problem:
                told = {"other": CONSTRAINTS[part.problem], "block": CONSTRAINTS[self.problem]}
                raise PydanticCustomError("problem", "A segment has {other}, where the file has {block}", told)
        return self


# --- constraint_violations.json --------------------------------------------------------------------


class QualityViolation(Document):
    """One broken constraint; ``constraint_check_type`` is its comparison operator."""

    metric_name: str
    constraint_check_type: str
    description: str


class QualityViolations(Document):
    """``constraint_violations.json``."""

    violations: list[QualityViolation] = Field(default_factory=list)


def _problem(document: Document, blocks: Mapping[Problem, str]) -> Problem:
    return next(problem for problem, block in blocks.items() if getattr(document, block) is not None)


def _refuse_all_but_one(document: Document, blocks: Mapping[Problem, str]) -> None:
    found = [block for block in blocks.values() if getattr(document, block) is not None]
    if len(found) != 1:
        told = {"blocks": ", ".join(blocks.values()), "found": " and ".join(found) or "none of them"}
        raise PydanticCustomError("block", "There should be one of {blocks}, found {found}", told)
