"""What a run leaves behind: a baseline, or a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, computed_field

from kedge.analysis import severity as severities
from kedge.analysis.anomalies import Anomalies

if TYPE_CHECKING:
    from kedge.analysis.documents import Constraints, ConstraintViolations, Statistics
    from kedge.analysis.profile import Feature, Profile

Mode = Literal["default", "sagemaker"]


class Finding(BaseModel):
    """A violation with its reasons: what was observed, what was expected, and what may be behind it."""

    feature_name: str
    constraint_check_type: str
    description: str
    observed: float | int | str | None = None
    expected: float | int | str | None = None
    detail: dict[str, Any] = {}
    hint: str = ""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def severity(self) -> severities.Severity:
        """How much it matters."""
        return severities.severity(self)


class Pattern(BaseModel):
    """What several violations have in common."""

    features: list[str]
    description: str


class DriftDistance(BaseModel):
    """The distance of one feature from its baseline, whether or not it exceeds the threshold.

    Where it is a ``p_value``, drift lies below the threshold.
    """

    distance: float
    threshold: float
    method: str
    p_value: bool = False


class Sides(BaseModel):
    """One number of a feature, in the baseline and in the window."""

    baseline: float | None = None
    window: float | None = None


class Unreadable(BaseModel):
    """One record that could not be read: where, and why."""

    file: str
    line: int | None = None
    reason: str


class HookRun(BaseModel):
    """One run of a script of the user: how long, over how many records, and the end of what it printed."""

    handler: str
    script: str
    seconds: float = 0.0
    records: int = 0
    rows: int = 0
    output: str = ""
    output_bytes: int = 0
    error: str | None = None


class Reading(BaseModel):
    """What was read: rows that entered the profile, records that did not, notes on how it was understood."""

    inputs: list[str] = []
    format: str = ""
    files: int = 0
    rows: int = 0
    unreadable: int = 0
    examples: list[Unreadable] = []
    notes: list[str] = []
    preprocess: list[HookRun] = []


class Summary(BaseModel):
    """``report.json``: how the verdict came about."""

    kedge: str
    created: str
    monitor: str = "data-quality"
    mode: Mode = "default"
    baseline: str = ""
    window_start: str | None = None
    window_end: str | None = None
    reading: Reading = Reading()
    findings: list[Finding] = []
    patterns: list[Pattern] = []
    distances: dict[str, DriftDistance] = {}
    anomalies: Anomalies | None = None
    postprocess: HookRun | None = None
    statistics: dict[str, dict[str, Sides]] = {}


@dataclass(frozen=True)
class Baseline:
    """What normal looks like. ``profiles`` is empty for a baseline that the service wrote."""

    statistics: Statistics | None
    constraints: Constraints
    profiles: tuple[Profile, ...] = ()
    reading: Reading | None = None
    source: str = ""


@dataclass(frozen=True)
class Report:
    """A window held against a baseline."""

    summary: Summary
    statistics: Statistics
    constraints: Constraints
    violations: ConstraintViolations
    profiles: tuple[Profile, ...]
    profile: Profile
    baseline: Baseline
    baseline_features: dict[str, Feature]
