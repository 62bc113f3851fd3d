"""What is declared: endpoints, datasets, baselines and job definitions.

The fields are those of the service's resources, in snake_case, as far as they mean something here
(scheduling-and-jobs.md, 7.1), and ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta  # fields of these types are told by their annotations
from typing import Any, ClassVar, Final, Literal, get_args

from kedge.domain.dataset import Format
from kedge.domain.roles import Problem

Kind = Literal[
    "endpoint",
    "dataset",
    "baseline",
    "definition",
    "schedule",
    "execution",
    "alarm",
    "channel",
    "action",
    "subscription",
]
MonitoringType = Literal["DataQuality", "ModelQuality", "ModelBias", "ModelExplainability", "Embeddings", "Custom"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MONITORING_TYPES: Final[tuple[MonitoringType, ...]] = get_args(MonitoringType)
# By what name each type is known to the jobs; a custom one is no monitor of ours.
MONITORS: Final[dict[MonitoringType, str]] = {
    "DataQuality": "data-quality",
    "ModelQuality": "model-quality",
    "ModelBias": "bias",
    "ModelExplainability": "attribution",
    "Embeddings": "embeddings",
}
MERGED: Final[frozenset[MonitoringType]] = frozenset(("ModelQuality", "ModelBias"))  # with their labels first

NAME: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How rows are to be understood; as :class:`kedge.domain.dataset.Dataset` tells."""

    format: Format | None = None
    header: bool = True
    delimiter: str = ","
    output_columns_position: Literal["START", "END"] = "START"
    input_rows: str | None = None
    output_rows: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A model that answers, and where its captures lie.

    Parameters
    ----------
    name
        Its name.
    captures
        The folder or URL that its captures were shipped to; its own name, the variant and the hours are below.
    variants
        Those that are monitored; none means all there are.
    ground_truth
        Where its labels are, for schedules that say nothing else.
    reading
        How its requests and responses are to be understood.
    """

    kind: ClassVar[Kind] = "endpoint"

    name: str
    captures: str
    variants: tuple[str, ...] = ()
    ground_truth: str | None = None
    reading: Reading = Reading()

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainFiles:
    """A dataset of plain files, a folder or a table, that is monitored as an endpoint is.

    Parameters
    ----------
    name
        Its name.
    url
        Where the files are.
    reading
        How they are to be understood.
    """

    kind: ClassVar[Kind] = "dataset"

    name: str
    url: str
    reading: Reading = Reading()

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """One version of what normal looks like; one of a name is current, and a roll back makes an earlier one so.

    Parameters
    ----------
    name, version
        Which it is; versions count from 1.
    url
        The folder of its documents.
    monitoring_type
        What it is a baseline of.
    status
        Whether schedules that name no version are held against it.
    learned_from
        The data that it was learned of, if that is known.
    learned
        When.
    content
        A hash of what it was learned of, by which one that is the same is known again.
    """

    kind: ClassVar[Kind] = "baseline"

    name: str
    version: int
    url: str
    monitoring_type: MonitoringType = "DataQuality"
    status: Literal["Current", "Retired"] = "Current"
    learned_from: str | None = None
    learned: datetime | None = None
    content: str | None = None

    @property
    def reference(self) -> str:
        """Name and version in one, ``name:3``."""
        return f"{self.name}:{self.version}"

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.reference, "parent": self.name, "status": self.status, "time": self.learned}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Which columns hold a model's answer and its label; as :class:`kedge.domain.roles.Roles` tells."""

    problem_type: Problem | None = None
    label: str | None = None
    inference_attribute: str | None = None
    probability_attribute: str | None = None
    probability_threshold_attribute: float | None = None
    positive_label: str | None = None
    segments: tuple[str, ...] = ()
    segment_min_rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """An analyzer that is not ours, under the service's bring-your-own contract: a function, or a command.

    Parameters
    ----------
    analyzer
        The function: a Python file with an ``analyze``, or the name of an entry point of ``kedge.analyzer``.
    container_entrypoint, container_arguments
        The command; without an image it runs on this machine.
    image_uri
        The container image it runs in.
    """

    analyzer: str | None = None
    container_entrypoint: tuple[str, ...] = ()
    container_arguments: tuple[str, ...] = ()
    image_uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDefinition:
    """What is done each time: which data is held against what, and how. It never changes; a new one takes its place.

    Parameters
    ----------
    name
        Its name.
    monitoring_type
        What is monitored.
    endpoint_name, dataset_name
        What it looks at: one of the two.
    variants
        Of an endpoint: those to look at; none means the endpoint's.
    baseline
        What it is held against: a name, whose current version counts, a version, ``name:3``, or the URL of one.
    start_time_offset, end_time_offset
        Added to start and end of the window, so that labels have time to come.
    ground_truth, id
        Where the labels are, none means the endpoint's, and the column that identifies a row of plain files.
    answers
        Which columns hold the model's answer and the label.
    exclude_features_attribute
        Columns to leave out.
    record_preprocessor_source_uri, post_analytics_processor_source_uri
        Scripts that see the records before and the report after.
    config_uri
        Of bias and attribution: their configuration.
    predictor, explained_rows
        Of attribution: the model, and how many rows of a window are explained at most.
    column
        Of embeddings: the column of the vectors.
    compat
        Whose verdicts are given; None gives ours.
    program
        Of a custom monitor: what runs.
    environment
        Variables for scripts and programs.
    output
        Where reports go; None is the server's.
    max_runtime_in_seconds
        After which an execution is stopped; None allows the most that the schedule does.
    memory_limit
        What an execution may use, such as ``2GB``.
    minimum_rows
        Below it a window is reported, and not judged.
    no_data
        Whether a window without data is a failure, as in the service, or ``quiet``.
    kept
        What programs of the service say and means nothing here, such as a role or a kind of machine.
    """

    kind: ClassVar[Kind] = "definition"

    name: str
    monitoring_type: MonitoringType = "DataQuality"
    endpoint_name: str | None = None
    dataset_name: str | None = None
    variants: tuple[str, ...] = ()
    baseline: str | None = None
    start_time_offset: timedelta | None = None
    end_time_offset: timedelta | None = None
    ground_truth: str | None = None
    id: str | None = None
    answers: Answers = Answers()
    exclude_features_attribute: tuple[str, ...] = ()
    record_preprocessor_source_uri: str | None = None
    post_analytics_processor_source_uri: str | None = None
    config_uri: str | None = None
    predictor: str | None = None
    explained_rows: int | None = None
    column: str | None = None
    compat: Literal["sagemaker"] | None = None
    program: Program | None = None
    environment: dict[str, str] = field(default_factory=dict)
    output: str | None = None
    max_runtime_in_seconds: int | None = None
    memory_limit: str | None = None
    minimum_rows: int = 0
    no_data: Literal["fail", "quiet"] = "fail"
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The endpoint or dataset it looks at."""
        return self.endpoint_name or self.dataset_name or ""

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name, "parent": self.source}


def is_reference(baseline: str) -> bool:
    """Return whether a definition names a baseline of the catalog, and not where one lies.

    >>> [is_reference(text) for text in ("fraud", "fraud:3", "./fraud", "s3://bucket/fraud")]
    [True, True, False, False]
    """
    name, _, version = baseline.partition(":")
    return bool(NAME.fullmatch(name)) and (version.isdecimal() or ":" not in baseline)
