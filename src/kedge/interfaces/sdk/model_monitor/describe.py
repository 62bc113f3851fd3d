"""Schedules and executions as the service tells of them: the answers of its interface, in its names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kedge.domain.documents import format_duration
from kedge.domain.wire import CONSTRAINTS_FILE, OUTPUT_FOLDER, STATISTICS_FILE
from kedge.interfaces.sdk.model_monitor.given import told
from kedge.interfaces.sdk.model_monitor.names import arn
from kedge.service.publishing import place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedge.domain.catalog import Execution, JobDefinition, MonitoringSchedule
    from kedge.domain.record import Change

SCHEDULE, JOB = "monitoring-schedule", "processing-job"
# Of an execution, the status of the job behind it.
JOBS: Final = {
    "Pending": "InProgress",
    "InProgress": "InProgress",
    "Completed": "Completed",
    "CompletedWithViolations": "Completed",
    "NoData": "Completed",
    "Failed": "Failed",
    "Stopping": "Stopping",
    "Stopped": "Stopped",
}


def schedule_answer(
    schedule: MonitoringSchedule, definition: JobDefinition, history: Sequence[Change], last: Execution | None
) -> dict[str, Any]:
    """Return what the service says of a schedule; what means nothing here as it was given."""
    timing = {
        "ScheduleExpression": schedule.schedule_expression,
        "DataAnalysisStartTime": _duration(schedule.data_analysis_start_time),
        "DataAnalysisEndTime": _duration(schedule.data_analysis_end_time),
    }
    config = {
        "ScheduleConfig": told(timing),
        "MonitoringJobDefinitionName": definition.name,
        "MonitoringJobDefinition": definition_answer(definition),
        "MonitoringType": None if schedule.monitoring_type == "Custom" else schedule.monitoring_type,
    }
    answer = {
        "MonitoringScheduleArn": arn(SCHEDULE, schedule.name),
        "MonitoringScheduleName": schedule.name,
        "MonitoringScheduleStatus": schedule.status,
        "MonitoringType": config["MonitoringType"],
        "FailureReason": schedule.failure_reason,
        "CreationTime": history[0].time if history else None,
        "LastModifiedTime": history[-1].time if history else None,
        "MonitoringScheduleConfig": told(config),
        "EndpointName": schedule.endpoint_name,
        "LastMonitoringExecutionSummary": summary(last) if last else None,
    }
    return told(answer)


def summary(execution: Execution) -> dict[str, Any]:
    """Return what the service says of an execution in a list."""
    return told(
        {
            "MonitoringScheduleName": execution.monitoring_schedule_name,
            "ScheduledTime": execution.scheduled_time,
            "CreationTime": execution.start_time or execution.scheduled_time,
            "LastModifiedTime": execution.end_time or execution.start_time or execution.scheduled_time,
            "MonitoringExecutionStatus": "Completed" if execution.status == "NoData" else execution.status,
            "ProcessingJobArn": arn(JOB, execution.name),
            "EndpointName": execution.endpoint_name,
            "FailureReason": execution.failure_reason,
            "MonitoringJobDefinitionName": execution.monitoring_job_definition_name,
            "MonitoringType": None if execution.monitoring_type == "Custom" else execution.monitoring_type,
        }
    )


def job_answer(execution: Execution, definition: JobDefinition) -> dict[str, Any]:
    """Return what the service says of the job behind an execution."""
    described = definition_answer(definition)
    return told(
        {
            "ProcessingJobName": execution.name,
            "ProcessingJobArn": arn(JOB, execution.name),
            "ProcessingJobStatus": JOBS[execution.status],
            "ExitMessage": execution.exit_message,
            "FailureReason": execution.failure_reason,
            "CreationTime": execution.start_time or execution.scheduled_time,
            "ProcessingStartTime": execution.start_time,
            "ProcessingEndTime": execution.end_time,
            "ProcessingInputs": described["MonitoringInputs"],
            "ProcessingOutputConfig": {"Outputs": [_output("result", report_of(execution, definition))]},
            "ProcessingResources": described["MonitoringResources"],
            "AppSpecification": described["MonitoringAppSpecification"],
            "StoppingCondition": described.get("StoppingCondition"),
            "Environment": described["Environment"],
            "MonitoringScheduleArn": arn(SCHEDULE, execution.monitoring_schedule_name),
            "RoleArn": described.get("RoleArn"),
        }
    )


def report_of(execution: Execution, definition: JobDefinition) -> str:
    """Return where the report of an execution is, or will be."""
    return execution.report or place(definition.output or "", execution)


def definition_answer(definition: JobDefinition) -> dict[str, Any]:
    """Return what the service says of a definition that stands in its schedule."""
    kept, program = definition.kept, definition.program
    application = {
        "ImageUri": program.image_uri if program else None,
        "ContainerEntrypoint": list(program.container_entrypoint) if program else None,
        "ContainerArguments": list(program.container_arguments) if program else None,
        "RecordPreprocessorSourceUri": definition.record_preprocessor_source_uri,
        "PostAnalyticsProcessorSourceUri": definition.post_analytics_processor_source_uri,
        "ConfigUri": definition.config_uri,
        "ProblemType": definition.answers.problem_type,
    }
    seconds = definition.max_runtime_in_seconds
    outputs = [{"S3Output": _place(definition.output or "")}]
    return told(
        {
            "BaselineConfig": _baseline(definition),
            "MonitoringInputs": [_input(definition)],
            "MonitoringOutputConfig": told({"MonitoringOutputs": outputs, "KmsKeyId": kept.get("output_kms_key")}),
            "MonitoringResources": machines(kept),
            "MonitoringAppSpecification": told(application),
            "StoppingCondition": {"MaxRuntimeInSeconds": seconds} if seconds else None,
            "Environment": {**definition.environment, **_metrics(kept.get("enable_cloudwatch_metrics"))},
            **asked_for(kept),
        }
    )


def machines(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the machines that were asked for, though nobody starts them."""
    asked = {
        "InstanceCount": kept.get("instance_count"),
        "InstanceType": kept.get("instance_type"),
        "VolumeSizeInGB": kept.get("volume_size_in_gb"),
        "VolumeKmsKeyId": kept.get("volume_kms_key"),
    }
    return {"ClusterConfig": told(asked)}


def asked_for(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what else was asked for and means nothing here."""
    network = kept.get("network_config") or {}
    lists = told({"SecurityGroupIds": network.get("security_group_ids"), "Subnets": network.get("subnets")})
    parts = {
        "EnableNetworkIsolation": network.get("enable_network_isolation"),
        "EnableInterContainerTrafficEncryption": network.get("encrypt_inter_container_traffic"),
        "VpcConfig": lists or None,
    }
    given = {"NetworkConfig": told(parts) or None, "RoleArn": kept.get("role"), "Tags": kept.get("tags")}
    return told(given)


def _baseline(definition: JobDefinition) -> dict[str, Any] | None:
    if not definition.baseline:
        return None
    lies = f"{definition.baseline}/{CONSTRAINTS_FILE}"
    if definition.monitoring_type in ("ModelBias", "ModelExplainability"):
        return {"ConstraintsResource": {"S3Uri": f"{definition.baseline}/analysis.json"}}
    found = {"S3Uri": f"{definition.baseline}/{STATISTICS_FILE}"}
    return {"ConstraintsResource": {"S3Uri": lies}, "StatisticsResource": found}


def _input(definition: JobDefinition) -> dict[str, Any]:
    given, answers = definition.kept.get("input", {}), definition.answers
    looked = {
        "LocalPath": given.get("destination"),
        "S3InputMode": given.get("s3_input_mode"),
        "S3DataDistributionType": given.get("s3_data_distribution_type"),
        "FeaturesAttribute": given.get("features_attribute"),
        "InferenceAttribute": answers.inference_attribute,
        "ProbabilityAttribute": answers.probability_attribute,
        "ProbabilityThresholdAttribute": answers.probability_threshold_attribute,
        "StartTimeOffset": _duration(definition.start_time_offset),
        "EndTimeOffset": _duration(definition.end_time_offset),
        "ExcludeFeaturesAttribute": ",".join(definition.exclude_features_attribute) or None,
    }
    truth = {"GroundTruthS3Input": {"S3Uri": definition.ground_truth}} if definition.ground_truth else {}
    if definition.endpoint_name:
        return {"EndpointInput": {"EndpointName": definition.endpoint_name, **told(looked)}, **truth}
    batch = {
        "DataCapturedDestinationS3Uri": given.get("data_captured_destination_s3_uri"),
        "DatasetFormat": given.get("dataset_format"),
    }
    return {"BatchTransformInput": told({**batch, **looked}), **truth}


def _metrics(enabled: bool | None) -> dict[str, str]:
    if enabled is None:
        return {}
    return {"publish_cloudwatch_metrics": "Enabled" if enabled else "Disabled"}


def _output(name: str, url: str) -> dict[str, Any]:
    return {"OutputName": name, "S3Output": _place(url)}


def _place(url: str) -> dict[str, Any]:
    return {"S3Uri": url, "LocalPath": OUTPUT_FOLDER, "S3UploadMode": "Continuous"}


def _duration(duration: Any) -> str | None:
    return None if duration is None else format_duration(duration)
