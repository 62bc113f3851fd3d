"""Monitoring schedules: when a definition is carried out, and how that is started, stopped and changed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kedge.domain.catalog import (
    LONGEST_EXPRESSION,
    Execution,
    JobDefinition,
    MonitoringSchedule,
    most_seconds,
    to_record,
)
from kedge.domain.catalog import from_record as read
from kedge.domain.record import Query
from kedge.domain.schedule_expression import NOW, parse, window
from kedge.errors import Conflict, SettingError
from kedge.service.catalog import rules
from kedge.service.catalog.definitions import Definitions
from kedge.service.catalog.kept import Kept

if TYPE_CHECKING:
    from datetime import datetime

    from kedge.ports import Clock

MOST_CAUGHT_UP = 10_000


@dataclass(frozen=True)
class Schedules(Kept[MonitoringSchedule]):
    """When it is done."""

    clock: Clock

    cls = MonitoringSchedule

    def create(self, schedule: MonitoringSchedule) -> MonitoringSchedule:
        """Keep a new schedule: it is pending until it is known when it is due first, and then scheduled.

        Raises
        ------
        Conflict
            There is one of this name.
        NotFound
            Its definition is not there.
        SettingError
            It breaks a rule; ``field`` names the field.
        """
        checked = self._checked(schedule)
        self.make(replace(checked, status="Pending", next_time=None))
        return self.change(schedule.name, self._due)

    def update(self, schedule: MonitoringSchedule, expected: MonitoringSchedule | None = None) -> MonitoringSchedule:
        """Put a schedule in the place of that of the same name; one that was stopped runs again."""
        checked = self._checked(schedule)

        def changed(found: MonitoringSchedule) -> MonitoringSchedule:
            same = found.schedule_expression == checked.schedule_expression and found.status == "Scheduled"
            return replace(checked, status="Scheduled", next_time=found.next_time) if same else self._due(checked)

        return self.change(schedule.name, changed, expected)

    def start(self, name: str) -> MonitoringSchedule:
        """Have a schedule run again, from its next slot on; what it missed is not run."""
        return self.change(name, lambda found: found if found.status == "Scheduled" else self._due(found))

    def stop(self, name: str) -> MonitoringSchedule:
        """Have a schedule rest; an execution that runs is not stopped."""
        return self.change(name, lambda found: replace(found, status="Stopped", next_time=None))

    def delete(self, name: str) -> None:
        """Delete a schedule; its executions are kept, and those that nobody has begun are stopped."""
        self.stop(name)
        self.remove(name)
        for record in self.records.list(Query(Execution.kind, parent=name, status=("Pending",))):
            stopped = replace(read(Execution, record), status="Stopped", failure_reason="Its schedule was deleted.")
            with suppress(Conflict):  # a worker has begun it
                self.records.put(to_record(stopped, record), self.by)

    def definition(self, schedule: MonitoringSchedule) -> JobDefinition:
        """Return what a schedule does."""
        return Definitions(self.records, self.by).get(schedule.monitoring_job_definition_name)

    def _due(self, schedule: MonitoringSchedule) -> MonitoringSchedule:
        return replace(
            schedule, status="Scheduled", failure_reason=None, next_time=first_slot(schedule, self.clock.now())
        )

    def _checked(self, schedule: MonitoringSchedule) -> MonitoringSchedule:
        """Return a schedule that keeps the rules, with what its definition says."""
        rules.named(schedule.name)
        definition = self.definition(schedule)
        rules.at_most(schedule.schedule_expression, LONGEST_EXPRESSION, "schedule_expression")
        rules.between(schedule.catch_up_limit, 1, MOST_CAUGHT_UP, "catch_up_limit")
        rules.offsets(schedule)
        _ends_in_time(schedule, definition)
        self._has_a_window(schedule, definition)
        return replace(
            schedule,
            monitoring_type=definition.monitoring_type,
            endpoint_name=definition.endpoint_name,
            dataset_name=definition.dataset_name,
        )

    def _has_a_window(self, schedule: MonitoringSchedule, definition: JobDefinition) -> None:
        """Refuse offsets, the schedule's and its definition's, that leave nothing to look at."""
        slot = first_slot(schedule, self.clock.now())
        if slot is None:
            raise SettingError(
                f"{schedule.schedule_expression!r} is never due again.",
                field="schedule_expression",
                next_step="Name a time to come.",
            )
        start, end = schedule.data_analysis_start_time, schedule.data_analysis_end_time
        found = window(parse(schedule.schedule_expression), slot, start, end)
        zero = slot - slot
        try:
            found.shifted(definition.start_time_offset or zero, definition.end_time_offset or zero)
        except SettingError as error:
            raise SettingError(error.message, field="start_time_offset", next_step=error.next_step) from None


def first_slot(schedule: MonitoringSchedule, now: datetime) -> datetime | None:
    """Return the slot that is due first: of a schedule that runs once this minute."""
    if schedule.schedule_expression.strip().upper() == NOW:
        return now.replace(second=0, microsecond=0)
    return parse(schedule.schedule_expression).after(now)


def _ends_in_time(schedule: MonitoringSchedule, definition: JobDefinition) -> None:
    most = most_seconds(definition.monitoring_type, parse(schedule.schedule_expression))
    if (definition.max_runtime_in_seconds or 0) > most:
        raise SettingError(
            f"An execution of {definition.monitoring_type} on {schedule.schedule_expression!r} may run {most:,} seconds"
            f" at most, and not {definition.max_runtime_in_seconds:,}.",
            field="max_runtime_in_seconds",
            next_step="Give no more, or leave it out, or let the schedule run less often.",
        )
