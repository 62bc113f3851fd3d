"""What a run leaves behind: a baseline, or a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, computed_field

from kedge.analysis import severity as severities
from kedge.analysis.anomalies import Anomalies
from kedge.analysis.documents import Constraints, ConstraintViolations, Document, Statistics
from kedge.domain import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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

    def noted(self, notes: Iterable[str]) -> Self:
        """Return the account with further notes, each of them once."""
        return self.model_copy(update={"notes": list(dict.fromkeys([*self.notes, *notes]))})


@dataclass(frozen=True)
class Joined:
    """The account of a join.

    Parameters
    ----------
    captures, truth
        What was read of both sides: captures of the window, and labels of all keys and times; of each what could not
        be read.
    labelled
        How many of the captures have a label.
    orphans
        Keys with a label and without a capture in the window.
    corrected, repeated
        Keys with several labels, of different values and of the same.
    age_p50, age_p90
        Seconds from an inference to its label, never below 0; None where no label has a time.
    orphan_keys, unlabelled_keys
        The first few.
    """

    captures: Reading
    truth: Reading
    labelled: int
    orphans: int = 0
    corrected: int = 0
    repeated: int = 0
    age_p50: float | None = None
    age_p90: float | None = None
    orphan_keys: tuple[str, ...] = ()
    unlabelled_keys: tuple[str, ...] = ()

    @property
    def unlabelled(self) -> int:
        """How many of the captures have no label."""
        return self.captures.rows - self.labelled


@dataclass(frozen=True, slots=True)
class Made:
    """What a script made of records: rows in JSON Lines, or capture records; and what it was not given."""

    run: HookRun
    format: Literal["jsonl", "capture"]
    unreadable: tuple[Unreadable, ...] = ()


class Outline(BaseModel):
    """What ``report.json`` says of every monitor's verdict: how it came about; findings are of a kind of its own."""

    kedge: str
    created: str
    monitor: str
    mode: Mode = "default"
    baseline: str = ""
    window_start: str | None = None
    window_end: str | None = None
    reading: Reading = Reading()
    findings: list[Any] = []
    postprocess: HookRun | None = None


class Summary(Outline):
    """``report.json`` of data quality."""

    monitor: str = "data-quality"
    findings: list[Finding] = []
    patterns: list[Pattern] = []
    distances: dict[str, DriftDistance] = {}
    anomalies: Anomalies | None = None
    statistics: dict[str, dict[str, Sides]] = {}


S = TypeVar("S", bound=Document, covariant=True)
C = TypeVar("C", bound=Document, covariant=True)
V = TypeVar("V", bound=Document, covariant=True)
R = TypeVar("R", bound=Outline, covariant=True)


@dataclass(frozen=True)
class Learned(Generic[S, C]):
    """What normal looks like to a monitor. ``profiles`` is empty for a baseline that the service wrote.

    ``files`` are further files to leave beside its own, by name.
    """

    statistics: S | None
    constraints: C
    profiles: tuple[Profile, ...] = ()
    reading: Reading | None = None
    source: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True)
class Judged(Generic[R, S, C, V]):
    """A window held against a baseline by a monitor: its verdict, its documents, its profiles, further files."""

    summary: R
    statistics: S
    constraints: C
    violations: V
    profiles: tuple[Profile, ...]
    files: Mapping[str, bytes] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which kedge gave a verdict, and when."""

    created: str
    version: str


@dataclass(frozen=True)
class Documents:
    """The files of a monitor, and what is made of those that were stored.

    Parameters
    ----------
    monitor
        Its name, as ``report.json`` says it.
    statistics, constraints, violations, summary
        The models of its files.
    owns
        Whether a constraints or statistics document, as plain JSON data, is this monitor's.
    outline
        What can be told of a report that has no summary, since the service wrote it: of statistics and violations.
    baseline, report
        What makes a baseline, and a report, of its parts.
    statistics_file, constraints_file
        What they are called; one file may be both.
    """

    monitor: str
    statistics: type[Document]
    constraints: type[Document]
    violations: type[Document]
    summary: type[Outline]
    owns: Callable[[Mapping[str, Any]], bool]
    outline: Callable[[Any, Any], Outline]
    baseline: type[AnyLearned]
    report: Callable[..., AnyJudged]
    statistics_file: str = wire.STATISTICS_FILE
    constraints_file: str = wire.CONSTRAINTS_FILE


AnyLearned = Learned[Document, Document]
AnyJudged = Judged[Outline, Document, Document, Document]


@dataclass(frozen=True)
class Baseline(Learned[Statistics, Constraints]):
    """What normal looks like to data quality."""


@dataclass(frozen=True)
class Report(Judged[Summary, Statistics, Constraints, ConstraintViolations]):
    """The verdict of data quality."""

    profile: Profile
    baseline: Baseline
    baseline_features: dict[str, Feature]
