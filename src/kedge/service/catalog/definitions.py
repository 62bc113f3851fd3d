"""Job definitions: what is done. One never changes, and none that a schedule uses is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.domain.catalog import (
    MERGED,
    MONITORING_TYPES,
    MOST_SECONDS,
    Endpoint,
    JobDefinition,
    MonitoringSchedule,
    is_reference,
)
from kedge.domain.record import Query
from kedge.domain.roles import PROBLEMS
from kedge.errors import InUse, SettingError
from kedge.service.catalog import rules
from kedge.service.catalog.baselines import Baselines
from kedge.service.catalog.kept import Kept
from kedge.service.catalog.sources import source_of

if TYPE_CHECKING:
    from kedge.domain.catalog import PlainFiles, Program

MOST_ENTRYPOINT, MOST_ARGUMENTS, MOST_VARIABLES, MOST_EXCLUDED = 100, 50, 50, 100
MOST_ROWS = 10**12


@dataclass(frozen=True)
class Definitions(Kept[JobDefinition]):
    """What is done each time."""

    cls = JobDefinition

    def create(self, definition: JobDefinition) -> JobDefinition:
        """Keep a new definition.

        Raises
        ------
        Conflict
            There is one of this name: definitions never change.
        NotFound
            The endpoint, dataset or baseline that it names is not there.
        SettingError
            It breaks a rule; ``field`` names the field.
        """
        rules.named(definition.name)
        rules.one_of(definition.monitoring_type, MONITORING_TYPES, "monitoring_type")
        source = source_of(self.records, definition.endpoint_name, definition.dataset_name)
        _limits(definition)
        _labels(definition, source)
        _program(definition)
        self._baseline(definition)
        return self.make(definition)

    def delete(self, name: str) -> None:
        """Delete a definition that no schedule uses.

        Raises
        ------
        InUse
            A schedule does.
        """
        definition = self.get(name)
        for record in self.records.list(Query(MonitoringSchedule.kind, parent=definition.source)):
            if record.document["monitoring_job_definition_name"] == name:
                raise InUse(
                    f"The schedule {record.name!r} uses it.",
                    field="definition",
                    next_step=f"Delete that first, kedge schedule delete {record.name}, or let it use another one.",
                )
        self.remove(name)

    def _baseline(self, definition: JobDefinition) -> None:
        """Refuse a baseline that is not there, or of another monitor."""
        if definition.baseline is None:
            if definition.monitoring_type != "Custom":
                raise SettingError(
                    "There is nothing to hold the data against.",
                    field="baseline",
                    next_step="Name a baseline, or the folder of one.",
                )
        elif is_reference(definition.baseline):
            found = Baselines(self.records, self.by).resolve(definition.baseline)
            if definition.monitoring_type not in ("Custom", found.monitoring_type):
                raise SettingError(
                    f"The baseline {found.reference!r} is of {found.monitoring_type}, and not of"
                    f" {definition.monitoring_type}.",
                    field="baseline",
                    next_step="Name another one, or another monitor.",
                )


def _limits(definition: JobDefinition) -> None:
    """Refuse what is longer, more or larger than the service allows."""
    for field in ("record_preprocessor_source_uri", "post_analytics_processor_source_uri", "config_uri", "output"):
        rules.at_most(getattr(definition, field) or "", rules.LONGEST_URL, field)
    rules.at_most(definition.environment, MOST_VARIABLES, "environment")
    rules.at_most(definition.exclude_features_attribute, MOST_EXCLUDED, "exclude_features_attribute")
    rules.between(definition.max_runtime_in_seconds, 1, MOST_SECONDS, "max_runtime_in_seconds")
    rules.between(definition.minimum_rows, 0, MOST_ROWS, "minimum_rows")
    rules.between(definition.explained_rows, 1, MOST_ROWS, "explained_rows")
    rules.between(definition.answers.probability_threshold_attribute, 0, 1, "probability_threshold_attribute")
    rules.sized(definition.memory_limit, "memory_limit")
    if definition.answers.problem_type:
        rules.one_of(definition.answers.problem_type, PROBLEMS, "problem_type")


def _labels(definition: JobDefinition, source: Endpoint | PlainFiles) -> None:
    """Refuse a judgement of answers without labels; plain files may have theirs in a column."""
    here = definition.ground_truth or (source.ground_truth if isinstance(source, Endpoint) else None)
    if definition.monitoring_type in MERGED and isinstance(source, Endpoint) and not here:
        raise SettingError(
            f"{definition.monitoring_type} needs labels, and captures have none.",
            field="ground_truth",
            next_step="Say where they are uploaded to, here or at the endpoint.",
        )
    if definition.id and not definition.ground_truth:
        raise SettingError(
            "An id is of no use without labels.", field="id", next_step="Say where they are: ground_truth."
        )


def _program(definition: JobDefinition) -> None:
    """Refuse a program that does not run, or that nobody runs."""
    program, custom = definition.program, definition.monitoring_type == "Custom"
    if custom and not (program and _runs(program)):
        raise SettingError(
            "A custom monitor has a program, and one alone.",
            field="program",
            next_step="Give its command or image, or an analyzer.",
        )
    if custom and (definition.record_preprocessor_source_uri or definition.post_analytics_processor_source_uri):
        raise SettingError(
            "A custom monitor reads and reports itself, without other scripts.",
            field="record_preprocessor_source_uri"
            if definition.record_preprocessor_source_uri
            else "post_analytics_processor_source_uri",
            next_step="Leave it out.",
        )
    if program and not custom:
        raise SettingError(
            f"{definition.monitoring_type} runs no program.", field="program", next_step="Leave it out, or say custom."
        )
    if program:
        rules.at_most(program.container_entrypoint, MOST_ENTRYPOINT, "container_entrypoint")
        rules.at_most(program.container_arguments, MOST_ARGUMENTS, "container_arguments")


def _runs(program: Program) -> bool:
    """Return whether there is something to run, and not two things."""
    command = program.container_entrypoint or program.image_uri
    return bool(command) if program.analyzer is None else not (command or program.container_arguments)
