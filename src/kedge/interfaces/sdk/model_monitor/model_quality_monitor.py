"""Model quality: are the answers still right?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from kedge.domain.roles import PROBLEMS
from kedge.interfaces.sdk.model_monitor.dataset_format import reading
from kedge.interfaces.sdk.model_monitor.learning import Learning
from kedge.interfaces.sdk.model_monitor.managed import ManagedMonitor
from kedge.monitors.model_quality import Asked as Roles
from kedge.service.catalog import rules
from kedge.service.choice import Wanted

if TYPE_CHECKING:
    from kedge.domain.catalog import MonitoringType
    from kedge.interfaces.sdk.model_monitor.baselining_job import BaseliningJob
    from kedge.interfaces.sdk.model_monitor.inputs import BatchTransformInput, EndpointInput, GroundTruthInput
    from kedge.interfaces.sdk.model_monitor.monitoring_files import Constraints


class ModelQualityMonitor(ManagedMonitor):
    """Monitors how well a model does; its parameters are those of :class:`ModelMonitor` but for an analyzer."""

    JOB_DEFINITION_BASE_NAME: ClassVar[str] = "model-quality-job-definition"
    _type: ClassVar[MonitoringType] = "ModelQuality"

    def suggest_baseline(
        self,
        baseline_dataset: str,
        dataset_format: dict[str, Any],
        problem_type: str,
        inference_attribute: str | int | None = None,
        probability_attribute: str | int | None = None,
        ground_truth_attribute: str | None = None,
        probability_threshold_attribute: float | str | None = None,
        post_analytics_processor_script: str | None = None,
        output_s3_uri: str | None = None,
        wait: bool = False,
        logs: bool = False,
        job_name: str | None = None,
    ) -> BaseliningJob:
        """Learn how well the model does on data that hold its answers and the truth, on this machine.

        Parameters
        ----------
        baseline_dataset, dataset_format, output_s3_uri, wait, logs, job_name
            As of :meth:`DefaultModelMonitor.suggest_baseline`.
        problem_type
            ``BinaryClassification``, ``MulticlassClassification`` or ``Regression``.
        inference_attribute, probability_attribute, ground_truth_attribute
            The columns of the answer, of its probability and of the truth.
        probability_threshold_attribute
            Above which probability an answer is positive.
        post_analytics_processor_script
            Means nothing here: such scripts see reports, and not baselines.
        """
        rules.one_of(problem_type, PROBLEMS, "problem_type")
        threshold = probability_threshold_attribute
        roles = Roles(
            problem=problem_type,  # type: ignore[arg-type]  # it was looked at above
            label=ground_truth_attribute,
            prediction=None if inference_attribute is None else str(inference_attribute),
            probability=None if probability_attribute is None else str(probability_attribute),
            threshold=None if threshold is None else float(threshold),
        )
        learning = Learning(
            session=self.sagemaker_session,
            data=baseline_dataset,
            reading=reading(dataset_format),
            wanted=Wanted("model-quality", roles=roles),
        )
        given = {"post_analytics_processor_script": post_analytics_processor_script}
        return self._learn(baseline_dataset, output_s3_uri, job_name, **given).start(learning, wait=wait, logs=logs)

    def create_monitoring_schedule(  # type: ignore[override]  # the service's classes differ so, too
        self,
        endpoint_input: EndpointInput | str | None = None,
        ground_truth_input: GroundTruthInput | str | None = None,
        problem_type: str | None = None,
        record_preprocessor_script: str | None = None,
        post_analytics_processor_script: str | None = None,
        output_s3_uri: str | None = None,
        constraints: Constraints | str | None = None,
        monitor_schedule_name: str | None = None,
        schedule_cron_expression: str | None = None,
        enable_cloudwatch_metrics: bool = True,
        batch_transform_input: BatchTransformInput | None = None,
        data_analysis_start_time: str | None = None,
        data_analysis_end_time: str | None = None,
    ) -> None:
        """Declare a schedule that joins captures with their labels and holds the answers against a baseline."""
        self._create(locals())

    def update_monitoring_schedule(  # type: ignore[override]  # the service's classes differ so, too
        self,
        endpoint_input: EndpointInput | str | None = None,
        ground_truth_input: GroundTruthInput | str | None = None,
        problem_type: str | None = None,
        record_preprocessor_script: str | None = None,
        post_analytics_processor_script: str | None = None,
        output_s3_uri: str | None = None,
        constraints: Constraints | str | None = None,
        schedule_cron_expression: str | None = None,
        enable_cloudwatch_metrics: bool | None = None,
        role: str | None = None,
        instance_count: int | None = None,
        instance_type: str | None = None,
        volume_size_in_gb: int | None = None,
        volume_kms_key: str | None = None,
        output_kms_key: str | None = None,
        max_runtime_in_seconds: int | None = None,
        env: dict[str, str] | None = None,
        network_config: Any = None,
        batch_transform_input: BatchTransformInput | None = None,
        data_analysis_start_time: str | None = None,
        data_analysis_end_time: str | None = None,
        *,
        schedule_name: str | None = None,
    ) -> None:
        """Change a schedule: what is not said stays. ``schedule_name`` names one that this monitor did not make."""
        self._update(locals())
