"""What an execution takes: all that the catalog says of it, gathered, so that it asks nobody itself."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kedge.domain.catalog import (
    Baseline,
    Endpoint,
    Execution,
    JobDefinition,
    MonitoringSchedule,
    PlainFiles,
    execution_name,
    from_record,
    is_reference,
    most_seconds,
)
from kedge.domain.record import Query
from kedge.domain.schedule_expression import parse
from kedge.domain.task import Limits
from kedge.errors import InputError, KedgeError, SettingError
from kedge.service.assignment import Assignment
from kedge.service.late import Listing
from kedge.settings import size_bytes

if TYPE_CHECKING:
    from kedge.ports import Clock, ObjectStore, Records

SECONDS: Final = 3600

Found = TypeVar("Found", Endpoint, PlainFiles, Baseline, JobDefinition, MonitoringSchedule, Execution)


@dataclass(frozen=True)
class Preparing:
    """Gathers what executions take.

    Parameters
    ----------
    memory_limit
        What an execution may use, such as ``2GB``, where its definition says nothing.
    """

    records: Records
    store: ObjectStore
    clock: Clock
    memory_limit: str = "4GB"

    def assignment(self, execution: Execution) -> Assignment:
        """Return what an execution is to do, with paths that are the same in any folder.

        Raises
        ------
        InputError
            The catalog has not all that it names.
        """
        definition = self._definition(execution)
        endpoint = self._named(Endpoint, execution.endpoint_name) if execution.endpoint_name else None
        dataset = self._named(PlainFiles, execution.dataset_name) if execution.dataset_name else None
        return Assignment(
            definition=_placed(
                definition,
                "ground_truth",
                "config_uri",
                "record_preprocessor_source_uri",
                "post_analytics_processor_source_uri",
                "output",
            ),
            window=execution.window,
            scheduled_time=execution.scheduled_time,
            endpoint=_placed(endpoint, "captures", "ground_truth") if endpoint else None,
            dataset=_placed(dataset, "url") if dataset else None,
            baseline=self._url(execution.baseline or self.baseline(execution)),
            previous=self._previous(execution),
            schedule=execution.monitoring_schedule_name,
        )

    def baseline(self, execution: Execution) -> str:
        """Return the version of the baseline that counts now, ``name:3``, or the URL of one; programs may have none."""
        definition = self._definition(execution)
        named = definition.baseline
        if not named and definition.program:
            return ""
        if not named:
            raise SettingError("The definition names no baseline.", field="baseline", next_step="Name one, and apply.")
        if not is_reference(named) or ":" in named:
            return named
        current = Query(Baseline.kind, parent=named, status=("Current",), order="modified", descending=True, limit=1)
        found = self.records.list(current)
        return found[0].name if found else named

    def fingerprint(self, execution: Execution) -> str | None:
        """Return what files of data and of labels there are for an execution."""
        return Listing(self.store).fingerprint(self.assignment(execution), self.clock.now())

    def limits(self, execution: Execution, definition: JobDefinition) -> Limits:
        """Return what an execution may take."""
        memory = size_bytes(definition.memory_limit or self.memory_limit)
        return Limits(definition.max_runtime_in_seconds or self._seconds(execution), memory)

    def _seconds(self, execution: Execution) -> float:
        with suppress(KedgeError):
            schedule = self._named(MonitoringSchedule, execution.monitoring_schedule_name)
            return most_seconds(schedule.monitoring_type, parse(schedule.schedule_expression))
        return SECONDS

    def _definition(self, execution: Execution) -> JobDefinition:
        return self._named(JobDefinition, execution.monitoring_job_definition_name)

    def _url(self, baseline: str) -> str:
        """Return where a baseline is."""
        if not baseline:
            return ""
        record = self.records.get(Baseline.kind, baseline) if is_reference(baseline) else None
        return absolute(from_record(Baseline, record).url if record else baseline)

    def _previous(self, execution: Execution) -> str | None:
        """Return the report of the last verdict on the same window, if there was one."""
        for revision in range(execution.revision - 1, 0, -1):
            name = execution_name(execution.monitoring_schedule_name, execution.scheduled_time, revision)
            record = self.records.get(Execution.kind, name)
            if record and record.document.get("report"):
                return str(record.document["report"])
        return None

    def _named(self, cls: type[Found], name: str) -> Found:
        record = self.records.get(cls.kind, name)
        if record is None:
            raise InputError(f"There is no {cls.kind} {name!r}.", next_step="Declare it: kedge apply monitors.yaml.")
        return from_record(cls, record)


Resource = TypeVar("Resource", Endpoint, PlainFiles, JobDefinition)


def _placed(resource: Resource, *names: str) -> Resource:
    """Return a resource with whole paths: an execution works in a folder of its own."""
    placed: dict[str, Any] = {name: absolute(url) for name in names if (url := getattr(resource, name))}
    return replace(resource, **placed)


def absolute(url: str) -> str:
    """Return a path as it is in any folder; a URL is so already."""
    return url if "://" in url else str(Path(url).absolute())
