"""What a call says of a schedule, as what the catalog holds of it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Final, Self

from kedge.domain.catalog import PlainFiles, Reading
from kedge.domain.window import parse_duration
from kedge.errors import NotFound, SettingError
from kedge.interfaces.sdk.model_monitor.dataset_format import reading
from kedge.interfaces.sdk.model_monitor.given import plain, told
from kedge.interfaces.sdk.model_monitor.inputs import (
    ENDPOINT_FOLDER,
    BatchTransformInput,
    EndpointInput,
    GroundTruthInput,
)
from kedge.service.preparing import absolute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.catalog import JobDefinition, MonitoringSchedule, Program
    from kedge.service.workspace import Workspace

DAILY: Final = "cron(0 0 ? * * *)"  # where no expression is given: the service takes an hour of its choice

# What means nothing here, and is kept: of a monitor, and besides of a call.
MACHINES: Final = (
    "role",
    "instance_count",
    "instance_type",
    "volume_size_in_gb",
    "volume_kms_key",
    "output_kms_key",
    "tags",
    "network_config",
)
KEPT: Final = (*MACHINES, "enable_cloudwatch_metrics")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was said, by the service's names; None, or nothing, leaves it as it is."""

    endpoint_input: EndpointInput | str | None = None
    batch_transform_input: BatchTransformInput | None = None
    ground_truth_input: GroundTruthInput | str | None = None
    problem_type: Any = None
    record_preprocessor_script: str | None = None
    post_analytics_processor_script: str | None = None
    output_s3_uri: str | None = None
    env: dict[str, str] | None = None
    max_runtime_in_seconds: int | None = None
    schedule_cron_expression: str | None = None
    data_analysis_start_time: str | None = None
    data_analysis_end_time: str | None = None
    baseline: str | None = None
    config: str | None = None
    predictor: str | None = None
    program: Program | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, said: Mapping[str, Any], **ours: Any) -> Self:
        """Return what the arguments of a call say, and what is ours: the last six fields."""
        known = {field.name for field in fields(cls)} & said.keys()
        kept = {name: said[name] for name in KEPT if name in said}
        return cls(**{**{name: said[name] for name in known}, "kept": kept, **ours})

    @property
    def input(self) -> EndpointInput | BatchTransformInput | None:
        """What is looked at.

        Raises
        ------
        SettingError
            It is two things.
        """
        endpoint, batch = self.endpoint_input, self.batch_transform_input
        if endpoint and batch:
            raise SettingError(
                "A schedule looks at one thing.",
                field="endpoint_input",
                next_step="Give either endpoint_input or batch_transform_input.",
            )
        return EndpointInput(endpoint, ENDPOINT_FOLDER) if isinstance(endpoint, str) else endpoint or batch

    def declare(self, workspace: Workspace, schedule: str) -> None:
        """Declare what is looked at; an endpoint has to be there, as only it says where its captures are.

        Raises
        ------
        NotFound
            It is not.
        """
        source = self.input
        if isinstance(source, BatchTransformInput):
            format = reading(source.dataset_format)
            shape = Reading(**(format if format["format"] != "jsonl" else {}))  # captures are JSON Lines, too
            url = absolute(source.data_captured_destination_s3_uri)
            workspace.datasets.declare(PlainFiles(name=schedule, url=url, reading=replace(shape, format=None)))
        elif source and workspace.endpoints.find(source.endpoint_name) is None:
            raise NotFound(
                f"The endpoint {source.endpoint_name!r} is not declared, so nobody knows where its captures are.",
                field="endpoint_input",
                next_step=f"Declare it: DataCaptureConfig(...).declare({source.endpoint_name!r}), or kedge apply.",
            )

    def over(self, known: JobDefinition, schedule: str) -> JobDefinition:
        """Return a definition with what was said in place of what it had."""
        truth = self.ground_truth_input
        url = truth.ground_truth_s3_uri if isinstance(truth, GroundTruthInput) else truth
        places = {
            "ground_truth": url,
            "record_preprocessor_source_uri": self.record_preprocessor_script,
            "post_analytics_processor_source_uri": self.post_analytics_processor_script,
            "output": self.output_s3_uri,
            "baseline": self.baseline,
            "config_uri": self.config,
        }
        others = {
            "predictor": self.predictor,
            "program": self.program,
            "environment": self.env,
            "max_runtime_in_seconds": self.max_runtime_in_seconds,
        }
        changed = {**{name: absolute(place) for name, place in told(places).items()}, **told(others)}
        kept = {**known.kept, **told(plain(self.kept))}
        answers = replace(known.answers, **told({"problem_type": self.problem_type}))
        known = replace(known, **changed, answers=answers, kept=kept)
        return _looking(known, self.input, schedule) if self.input else known

    def timed(self, known: MonitoringSchedule) -> MonitoringSchedule:
        """Return a schedule with what was said of its times."""
        times = {name: getattr(self, name) for name in ("data_analysis_start_time", "data_analysis_end_time")}
        read: dict[str, Any] = {name: parse_duration(text) for name, text in told(times).items()}
        return replace(known, schedule_expression=self.schedule_cron_expression or known.schedule_expression, **read)


def _looking(known: JobDefinition, source: EndpointInput | BatchTransformInput, schedule: str) -> JobDefinition:
    """Return a definition that looks at an endpoint or a dataset, and finds the answers there."""
    endpoint = source.endpoint_name if isinstance(source, EndpointInput) else None
    excluded = (source.exclude_features_attribute or "").split(",")
    return replace(
        known,
        endpoint_name=endpoint,
        dataset_name=None if endpoint else schedule,
        start_time_offset=_offset(source.start_time_offset),
        end_time_offset=_offset(source.end_time_offset),
        exclude_features_attribute=tuple(name.strip() for name in excluded if name.strip()),
        answers=replace(
            known.answers,
            inference_attribute=_text(source.inference_attribute),
            probability_attribute=_text(source.probability_attribute),
            probability_threshold_attribute=_number(source.probability_threshold_attribute),
        ),
        kept={**known.kept, "input": told(plain(source))},
    )


def _offset(text: str | None) -> Any:
    return parse_duration(text) if text else None


def _text(value: str | int | None) -> str | None:
    return None if value is None else str(value)


def _number(value: float | str | None) -> float | None:
    return None if value is None else float(value)
