"""Data quality: is what comes in still what it was?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from kedge.interfaces.sdk.model_monitor.dataset_format import reading
from kedge.interfaces.sdk.model_monitor.learning import Learning
from kedge.interfaces.sdk.model_monitor.managed import ManagedMonitor
from kedge.service.choice import Wanted

if TYPE_CHECKING:
    from kedge.domain.catalog import MonitoringType
    from kedge.interfaces.sdk.model_monitor.baselining_job import BaseliningJob
    from kedge.interfaces.sdk.model_monitor.inputs import (
        BatchTransformInput,
        DataQualityMonitoringConfig,
        EndpointInput,
    )
    from kedge.interfaces.sdk.model_monitor.monitoring_files import Constraints, Statistics


class DefaultModelMonitor(ManagedMonitor):
    """Monitors data quality; its parameters are those of :class:`ModelMonitor` but for an analyzer."""

    JOB_DEFINITION_BASE_NAME: ClassVar[str] = "data-quality-job-definition"
    _type: ClassVar[MonitoringType] = "DataQuality"

    def suggest_baseline(
        self,
        baseline_dataset: str,
        dataset_format: dict[str, Any],
        record_preprocessor_script: str | None = None,
        post_analytics_processor_script: str | None = None,
        output_s3_uri: str | None = None,
        wait: bool = True,
        logs: bool = True,
        job_name: str | None = None,
        monitoring_config_override: DataQualityMonitoringConfig | None = None,
    ) -> BaseliningJob:
        """Learn what normal looks like, on this machine.

        Parameters
        ----------
        baseline_dataset
            The path or URL of a file or folder.
        dataset_format
            As :class:`DatasetFormat` writes it.
        record_preprocessor_script
            A script that makes rows of records.
        post_analytics_processor_script
            Means nothing here: such scripts see reports, and not baselines.
        output_s3_uri
            The folder or URL for the documents; None takes one in the session's folder.
        wait, logs
            Whether to wait for the end, and then to print what there is to say.
        job_name
            The name of the job.
        monitoring_config_override
            How categories will be compared.
        """
        drift = monitoring_config_override and monitoring_config_override.distribution_constraints
        method: Any = (drift and drift.categorical_drift_method) or "LInfinity"
        learning = Learning(
            session=self.sagemaker_session,
            data=baseline_dataset,
            reading={**reading(dataset_format), "preprocess": record_preprocessor_script},
            wanted=Wanted("data-quality", method),
        )
        given = {"post_analytics_processor_script": post_analytics_processor_script}
        return self._learn(baseline_dataset, output_s3_uri, job_name, **given).start(learning, wait=wait, logs=logs)

    def create_monitoring_schedule(  # type: ignore[override]  # the service's classes differ so, too
        self,
        endpoint_input: EndpointInput | str | None = None,
        record_preprocessor_script: str | None = None,
        post_analytics_processor_script: str | None = None,
        output_s3_uri: str | None = None,
        constraints: Constraints | str | None = None,
        statistics: Statistics | str | None = None,
        monitor_schedule_name: str | None = None,
        schedule_cron_expression: str | None = None,
        enable_cloudwatch_metrics: bool = True,
        batch_transform_input: BatchTransformInput | None = None,
        data_analysis_start_time: str | None = None,
        data_analysis_end_time: str | None = None,
    ) -> None:
        """Declare a schedule that holds what an endpoint or a batch transform captured against a baseline."""
        self._create(locals())

    def update_monitoring_schedule(  # type: ignore[override]  # the service's classes differ so, too
        self,
        endpoint_input: EndpointInput | str | None = None,
        record_preprocessor_script: str | None = None,
        post_analytics_processor_script: str | None = None,
        output_s3_uri: str | None = None,
        statistics: Statistics | str | None = None,
        constraints: Constraints | str | None = None,
        schedule_cron_expression: str | None = None,
        instance_count: int | None = None,
        instance_type: str | None = None,
        volume_size_in_gb: int | None = None,
        volume_kms_key: str | None = None,
        output_kms_key: str | None = None,
        max_runtime_in_seconds: int | None = None,
        env: dict[str, str] | None = None,
        network_config: Any = None,
        enable_cloudwatch_metrics: bool | None = None,
        role: str | None = None,
        batch_transform_input: BatchTransformInput | None = None,
        data_analysis_start_time: str | None = None,
        data_analysis_end_time: str | None = None,
        *,
        schedule_name: str | None = None,
    ) -> None:
        """Change a schedule: what is not said stays. ``schedule_name`` names one that this monitor did not make."""
        self._update(locals())
