"""What the catalog holds: endpoints, datasets, baselines, job definitions, schedules and their executions.

The fields are those of the service's resources, in snake_case, as far as they mean something here
(scheduling-and-jobs.md, 7.1 and 7.5), and ours. Each is kept as the document of a :class:`Record`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta  # fields of these types are told by their annotations
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeVar, get_args

from kedge.domain.access import WorkspaceSettings
from kedge.domain.action import Action
from kedge.domain.alarm import Acknowledgement, Alarm, Alert, Silence
from kedge.domain.channel import Channel
from kedge.domain.definition import (
    KINDS,
    MERGED,
    MONITORING_TYPES,
    MONITORS,
    NAME,
    Answers,
    Baseline,
    Endpoint,
    JobDefinition,
    Kind,
    MonitoringType,
    PlainFiles,
    Program,
    Reading,
    is_reference,
)
from kedge.domain.documents import from_document, to_document
from kedge.domain.group import Group
from kedge.domain.notification import Delivery, Notification
from kedge.domain.record import Record
from kedge.domain.schedule_expression import slots
from kedge.domain.subscription import Subscription
from kedge.domain.window import Window

if TYPE_CHECKING:
    from kedge.domain.schedule_expression import Expression

__all__ = [
    "KINDS",
    "MERGED",
    "MONITORING_TYPES",
    "MONITORS",
    "NAME",
    "Answers",
    "Baseline",
    "Endpoint",
    "JobDefinition",
    "Kind",
    "MonitoringType",
    "PlainFiles",
    "Program",
    "Reading",
    "is_reference",
]  # the whole catalog is had from here

ScheduleStatus = Literal["Pending", "Scheduled", "Stopped", "Failed"]
ExecutionStatus = Literal[
    "Pending",
    "InProgress",
    "Completed",
    "CompletedWithViolations",
    "Failed",
    "Stopping",
    "Stopped",
    "NoData",
]
StepName = Literal["merge", "analysis"]
Cause = Literal["schedule", "run-now", "backfill", "labels", "late-data"]

EXECUTION_STATUSES: Final[tuple[ExecutionStatus, ...]] = get_args(ExecutionStatus)
ENDED: Final[frozenset[ExecutionStatus]] = frozenset(
    ("Completed", "CompletedWithViolations", "Failed", "Stopped", "NoData")
)
LONGEST_MESSAGE: Final = 1024
LONGEST_EXPRESSION: Final = 256
MOST_SECONDS: Final = 86_400
MOST_SECONDS_HOURLY: Final = 3_600
MOST_SECONDS_HOURLY_MERGED: Final = 1_800
LONGEST_ANALYSIS: Final = timedelta(hours=24)
HOUR: Final = timedelta(hours=1)
GAPS: Final = 64  # slots that are looked at to find the shortest time between two


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringSchedule:
    """When a definition is carried out.

    Parameters
    ----------
    name
        Its name.
    monitoring_job_definition_name
        What is done each time.
    schedule_expression
        When, as :func:`kedge.domain.schedule_expression.parse` reads it.
    monitoring_type, endpoint_name, dataset_name
        Those of its definition, so that schedules are found by them.
    data_analysis_start_time, data_analysis_end_time
        Offsets from the slot between which its window lies; None is that of the expression.
    catch_up, catch_up_limit
        Whether slots that were missed are run, the latest so many of them, or skipped.
    status
        Where in life it stands.
    failure_reason
        Why it failed.
    next_time
        The slot that is due next. It stands in the record, and not in its document: it moves with every slot.
    """

    kind: ClassVar[Kind] = "schedule"

    name: str
    monitoring_job_definition_name: str
    schedule_expression: str
    monitoring_type: MonitoringType = "DataQuality"
    endpoint_name: str | None = None
    dataset_name: str | None = None
    data_analysis_start_time: timedelta | None = None
    data_analysis_end_time: timedelta | None = None
    catch_up: Literal["run", "skip"] = "run"
    catch_up_limit: int = 24
    status: ScheduleStatus = "Pending"
    failure_reason: str | None = None
    next_time: datetime | None = None

    @property
    def source(self) -> str:
        """The endpoint or dataset it looks at."""
        return self.endpoint_name or self.dataset_name or ""

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        return {"name": self.name, "parent": self.source, "status": self.status, "time": self.next_time}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One of the jobs of an execution: labels are merged first, then comes the analysis.

    Parameters
    ----------
    name, status
        Which, and how it went.
    start_time, end_time
        When it ran.
    exit_message, failure_reason
        What it said at the end, and why it failed.
    log
        Path or URL of what it printed.
    rows
        How many it read.
    """

    name: StepName
    status: ExecutionStatus = "Pending"
    start_time: datetime | None = None
    end_time: datetime | None = None
    exit_message: str | None = None
    failure_reason: str | None = None
    log: str | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One run of a schedule.

    Parameters
    ----------
    name
        As :func:`execution_name` makes it.
    monitoring_schedule_name, monitoring_job_definition_name, monitoring_type, endpoint_name, dataset_name
        Of what it is a run.
    scheduled_time
        Its slot; reports stand under it.
    window
        What is analysed, before the definition's offsets.
    revision
        The first verdict is 1; a window that is judged again has 2, 3 and so on.
    cause
        Why it was made.
    status, exit_message, failure_reason, next_step
        How it went, why, and what to do about it.
    start_time, end_time
        When it ran.
    attempt
        How often a worker took it.
    worker
        Which took it last.
    steps
        Its jobs.
    report
        The folder or URL of what it left.
    baseline
        The version it was held against, ``name:3``, or its URL.
    rows, violations
        How many were read, and found.
    coverage
        Which share of the captures had a label, 0 to 1.
    fingerprint
        What files there were of data and of labels when it was begun, by which it is noticed that more has come.
    log
        Path or URL of what it printed.
    """

    kind: ClassVar[Kind] = "execution"

    name: str
    monitoring_schedule_name: str
    monitoring_job_definition_name: str
    scheduled_time: datetime
    window: Window
    monitoring_type: MonitoringType = "DataQuality"
    endpoint_name: str | None = None
    dataset_name: str | None = None
    revision: int = 1
    cause: Cause = "schedule"
    status: ExecutionStatus = "Pending"
    exit_message: str | None = None
    failure_reason: str | None = None
    next_step: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    attempt: int = 0
    worker: str | None = None
    steps: tuple[Step, ...] = ()
    report: str | None = None
    baseline: str | None = None
    rows: int | None = None
    violations: int | None = None
    coverage: float | None = None
    fingerprint: str | None = None
    log: str | None = None

    @property
    def source(self) -> str:
        """The endpoint or dataset it looks at."""
        return self.endpoint_name or self.dataset_name or ""

    def place(self) -> dict[str, Any]:
        """Return what a record of it is found by."""
        parent = self.monitoring_schedule_name
        return {"name": self.name, "parent": parent, "status": self.status, "time": self.scheduled_time}


Declared = Endpoint | PlainFiles | Baseline | JobDefinition | MonitoringSchedule | Execution | WorkspaceSettings
Resource = Declared | Alarm | Alert | Silence | Acknowledgement | Channel | Action | Subscription
Sent = Group | Notification | Delivery
Found = TypeVar("Found", bound=Resource | Sent)


def to_record(resource: Resource | Sent, known: Record | None = None) -> Record:
    """Return the record of a resource: a new one, or that which takes the place of a known one."""
    document = to_document(resource)
    document.pop("next_time", None)
    return replace(known or Record(resource.kind, ""), document=document, **resource.place())


def from_record(cls: type[Found], record: Record) -> Found:
    """Return the resource that a record holds."""
    return from_document(cls, {**record.document, "next_time": record.time})


def execution_name(schedule: str, slot: datetime, revision: int = 1) -> str:
    """Return the name of a slot's execution: there is one of each, whoever makes it.

    >>> execution_name("fraud-hourly", datetime(2026, 11, 1, 9, tzinfo=UTC), revision=2)
    'fraud-hourly-202611010900-r2'
    """
    name = f"{schedule}-{slot.astimezone(UTC):%Y%m%d%H%M}"
    return name if revision == 1 else f"{name}-r{revision}"


def pending_execution(
    schedule: MonitoringSchedule, slot: datetime, window: Window, *, revision: int = 1, cause: Cause = "schedule"
) -> Execution:
    """Return an execution of a slot that waits for a worker."""
    return Execution(
        name=execution_name(schedule.name, slot, revision),
        monitoring_schedule_name=schedule.name,
        monitoring_job_definition_name=schedule.monitoring_job_definition_name,
        monitoring_type=schedule.monitoring_type,
        endpoint_name=schedule.endpoint_name,
        dataset_name=schedule.dataset_name,
        scheduled_time=slot,
        window=window,
        revision=revision,
        cause=cause,
    )


def period(expression: Expression) -> timedelta | None:
    """Return the shortest time between two slots; None of a schedule that runs once."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    due = islice(slots(expression, start, datetime.max.replace(tzinfo=UTC)), GAPS)
    return min((later - sooner for sooner, later in pairwise(due)), default=None)


def most_seconds(monitoring_type: MonitoringType, expression: Expression) -> int:
    """Return how long an execution may run at most: never longer than until the next one is due."""
    between = period(expression)
    if between is None:
        return MOST_SECONDS
    hourly = MOST_SECONDS_HOURLY_MERGED if monitoring_type in MERGED else MOST_SECONDS_HOURLY
    return min(int(between.total_seconds()), hourly if between <= HOUR else MOST_SECONDS)


def shortened(message: str) -> str:
    """Return a message no longer than the service allows."""
    return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"
