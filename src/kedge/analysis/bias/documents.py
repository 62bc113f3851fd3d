"""The service's documents of bias: ``analysis.json``, and violations (bias.md, 5.6 and 5.7).

``analysis.json`` is statistics and constraints in one. What is kedge's own stands after what is the service's, and is
left out where it is not known.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from kedge.analysis.bias.config import MINIMUM_GROUP_ROWS
from kedge.analysis.documents import Document
from kedge.analysis.quality.documents import Careful

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DRIFT = "bias_drift_check"
SECTIONS = ("post_training_bias_metrics", "pre_training_bias_metrics")
# Two ends, or the four cells of a confusion, which stay on one line.
_ENDS = re.compile(r'\[\n\s+("?-?[\w.+-]+"?),\n\s+("?-?[\w.+-]+"?)\n\s+\]')
_FOUR = re.compile(r"\[\n\s+(\d+),\n\s+(\d+),\n\s+(\d+),\n\s+(\d+)\n\s+\]")
_INTERVAL = re.compile(r"\(([^,\]]+), [^\]]+\]")


def is_bias(raw: Mapping[str, Any]) -> bool:
    """Return whether a document, as it was parsed, is one of bias.

    >>> is_bias({"version": "1.0", "post_training_bias_metrics": {}}), is_bias({"version": 0.0, "features": []})
    (True, False)
    """
    entries = raw.get("violations") or []
    told = isinstance(entries, list) and any(isinstance(entry, dict) and "facet" in entry for entry in entries)
    return told or not raw.keys().isdisjoint(SECTIONS)


Text = Annotated[str, BeforeValidator(lambda found: found if isinstance(found, str) else str(found))]


class MetricEntry(Careful):
    """One metric of two sides. Infinite values are the texts ``Infinity`` and ``-Infinity``.

    Without a ``value`` there is an ``error``. ``confidence_interval`` and ``allowed_range`` are kedge's own: where the
    metric lies with 95 % confidence, and where it may lie, which a person writes.
    """

    name: str
    description: str = ""
    value: float | None = None
    error: str | None = None
    confidence_interval: tuple[float, float] | None = None
    allowed_range: tuple[float, float] | None = None

    @field_validator("allowed_range")
    @classmethod
    def _in_order(cls, found: tuple[float, float] | None) -> tuple[float, float] | None:
        if found is not None and not found[0] <= found[1]:
            raise PydanticCustomError("range", "A range goes from its lower end to its upper one")
        return found


class Group(Document):
    """How many rows one side has, and what they were told; kedge's own.

    ``confusion`` has the counts of TP, FP, FN and TN; a file of an earlier kedge has none.
    """

    rows: int
    positive_labels: int
    predictions: int = 0
    positive_predictions: int = 0
    confusion: tuple[int, int, int, int] | None = None


class FacetEntry(Document):
    """The metrics of one value of a facet against all others; ``advantaged`` and ``disadvantaged`` are kedge's own."""

    value_or_threshold: Text = ""
    metrics: list[MetricEntry] = Field(default_factory=list)
    advantaged: Group | None = None
    disadvantaged: Group | None = None

    @property
    def key(self) -> str:
        """What tells it from others: of an interval its lower end, since the upper one is the data's.

        >>> FacetEntry(value_or_threshold="(30, 90]").key, FacetEntry(value_or_threshold="F").key
        ('> 30.0', 'F')
        """
        ends = _INTERVAL.findall(self.value_or_threshold)
        try:
            return " & ".join(f"> {float(low)}" for low in ends) if ends else self.value_or_threshold
        except ValueError:
            return self.value_or_threshold

    @property
    def smallest(self) -> int | None:
        """The rows of the smaller side; None where the service wrote the file."""
        return min((side.rows for side in (self.advantaged, self.disadvantaged) if side), default=None)

    @property
    def known(self) -> bool:
        """Whether both sides are told."""
        return self.advantaged is not None and self.disadvantaged is not None


class Section(Document):
    """The metrics of labels alone, or of predictions, by facet."""

    label: Text = ""
    facets: dict[str, list[FacetEntry]] = Field(default_factory=dict)
    label_value_or_threshold: Text = ""


class PerformanceMetric(Document):
    """One figure of the model's performance on all rows."""

    name: str
    description: str = ""
    value: float | None = None


class Performance(Document):
    """How well the model does, whoever is asked: ``[TP, FP, FN, TN]`` as shares, classes by actual and predicted."""

    label: Text = ""
    model_performance_metrics: list[PerformanceMetric] = Field(default_factory=list)
    binary_confusion_matrix: list[float] = Field(default_factory=list)
    confusion_matrix: dict[str, dict[str, float]] | None = None


class BiasAnalysis(Document):
    """``analysis.json``; ``model_performance`` stands beside the metrics, ``minimum_group_rows`` is kedge's own."""

    version: Text = "1.0"
    post_training_bias_metrics: Section | None = None
    pre_training_bias_metrics: Section | None = None
    model_performance: Performance | None = None
    minimum_group_rows: int = Field(default=MINIMUM_GROUP_ROWS, ge=1)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.post_training_bias_metrics is None and self.pre_training_bias_metrics is None:
            raise PydanticCustomError("section", "There should be {a} or {b}", dict(zip("ab", SECTIONS, strict=True)))
        return self

    def sections(self) -> Iterator[Section]:
        """Yield the sections that there are, of predictions first."""
        yield from filter(None, (self.post_training_bias_metrics, self.pre_training_bias_metrics))

    def entries(self) -> Iterator[tuple[str, FacetEntry]]:
        """Yield each facet's name with each of its entries, section by section."""
        for section in self.sections():
            for facet, entries in section.facets.items():
                yield from ((facet, entry) for entry in entries)

    @property
    def facets(self) -> dict[tuple[str, str], FacetEntry]:
        """Facet and key to an entry with the metrics of every section."""
        found: dict[tuple[str, str], FacetEntry] = {}
        for facet, entry in self.entries():
            before = found.get((facet, entry.key))
            metrics = [*(before.metrics if before else []), *entry.metrics]
            known = before if before and before.known else entry
            found[facet, entry.key] = known.model_copy(update={"metrics": metrics})
        return found

    def to_json(self) -> str:
        """Return the document as the service lays it out, keys without a value left out."""
        text = json.dumps(_plain(self.model_dump()), indent=4, ensure_ascii=False, allow_nan=False)
        return _FOUR.sub(r"[\1, \2, \3, \4]", _ENDS.sub(r"[\1, \2]", text)) + "\n"


class BiasViolation(Document):
    """One metric that is further from parity than it may be."""

    facet: str
    facet_value: Text
    metric_name: str
    constraint_check_type: str = DRIFT
    description: str


class BiasViolations(Document):
    """``constraint_violations.json``."""

    version: Text = "1.0"
    violations: list[BiasViolation] = Field(default_factory=list)


def _plain(data: Any) -> Any:
    """Return data as JSON takes them: infinities as texts, and None only as the value of a metric that failed."""
    if isinstance(data, dict):
        failed = data.get("error") is not None
        kept = {key: value for key, value in data.items() if value is not None or (failed and key == "value")}
        return {key: _plain(value) for key, value in kept.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    if isinstance(data, float) and math.isinf(data):
        return "Infinity" if data > 0 else "-Infinity"
    return data
