"""A declaration: all that somebody wants monitored, to be applied to the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from kedge.domain.action import Action
    from kedge.domain.alarm import Alarm
    from kedge.domain.catalog import Baseline, Endpoint, JobDefinition, MonitoringSchedule, PlainFiles
    from kedge.domain.channel import Channel
    from kedge.domain.subscription import Subscription

Sign = Literal["+", "~", "-"]
# What the catalog calls otherwise than a file of monitors does.
WORDS = {
    "schedule_expression": "when",
    "monitoring_type": "monitor",
    "data_analysis_start_time": "analysis_start",
    "data_analysis_end_time": "analysis_end",
    "start_time_offset": "start_offset",
    "end_time_offset": "end_offset",
    "inference_attribute": "prediction",
    "probability_attribute": "probability",
    "probability_threshold_attribute": "probability_threshold",
    "exclude_features_attribute": "exclude",
    "record_preprocessor_source_uri": "preprocess",
    "post_analytics_processor_source_uri": "postprocess",
    "config_uri": "config",
    "program": "command",
    "container_entrypoint": "command",
    "container_arguments": "arguments",
    "image_uri": "image",
    "max_runtime_in_seconds": "max_runtime_seconds",
    "monitoring_job_definition_name": "definition",
    "endpoint_name": "endpoint",
    "dataset_name": "dataset",
    "learned_from": "learn",
    "executions_of": "executions",
    "comparison_operator": "comparison",
    "treat_missing_data": "missing",
    "actions_enabled": "actions",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Learn:
    """A baseline that is to be learned.

    Parameters
    ----------
    name
        Its name.
    data
        What it is learned of.
    asked
        How, in the words of a definition.
    categorical_drift_method
        Of data quality: how categories will be compared.
    """

    name: str
    data: PlainFiles
    asked: JobDefinition
    categorical_drift_method: Literal["LInfinity", "ChiSquared"] = "LInfinity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What is declared; a schedule comes with its definition, which has no name yet."""

    endpoints: tuple[Endpoint, ...] = ()
    datasets: tuple[PlainFiles, ...] = ()
    baselines: tuple[Baseline | Learn, ...] = ()
    schedules: tuple[tuple[MonitoringSchedule, JobDefinition], ...] = ()
    alarms: tuple[Alarm, ...] = ()
    channels: tuple[Channel, ...] = ()
    actions: tuple[Action, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What would be changed of one resource.

    Parameters
    ----------
    sign
        ``+`` it is new, ``~`` changed, ``-`` deleted.
    kind, name
        Which.
    fields
        Of what is new and of what changes: the field, what it says now, and what it would.
    """

    sign: Sign
    kind: str
    name: str
    fields: tuple[tuple[str, Any, Any], ...] = ()
