"""Bias: is somebody treated worse than others, and worse than before?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from kedge.interfaces.sdk.model_monitor.analysis_config import VERSION, BiasAnalysisConfig
from kedge.interfaces.sdk.model_monitor.answered import Answered
from kedge.interfaces.sdk.model_monitor.clarify_monitor import ClarifyMonitor
from kedge.interfaces.sdk.model_monitor.learning import Learning
from kedge.interfaces.sdk.model_monitor.model_config import ModelPredictedLabelConfig
from kedge.monitors.model_quality import Asked as Roles
from kedge.service.choice import Wanted

if TYPE_CHECKING:
    from kedge.domain.catalog import MonitoringType
    from kedge.interfaces.sdk.model_monitor.baselining_job import BaseliningJob
    from kedge.interfaces.sdk.model_monitor.bias_config import BiasConfig
    from kedge.interfaces.sdk.model_monitor.data_config import DataConfig
    from kedge.interfaces.sdk.model_monitor.inputs import BatchTransformInput, EndpointInput, GroundTruthInput
    from kedge.interfaces.sdk.model_monitor.model_config import ModelConfig
    from kedge.interfaces.sdk.model_monitor.monitoring_files import Constraints

ALL = {"pre_training_bias": {"methods": "all"}, "post_training_bias": {"methods": "all"}}


class ModelBiasMonitor(ClarifyMonitor):
    """Monitors bias; its parameters are those of :class:`ModelMonitor` but for an analyzer."""

    JOB_DEFINITION_BASE_NAME: ClassVar[str] = "model-bias-job-definition"
    _type: ClassVar[MonitoringType] = "ModelBias"

    def suggest_baseline(
        self,
        data_config: DataConfig,
        bias_config: BiasConfig,
        model_config: ModelConfig | None,
        model_predicted_label_config: ModelPredictedLabelConfig | None = None,
        wait: bool = False,
        logs: bool = False,
        job_name: str | None = None,
        kms_key: str | None = None,  # noqa: ARG002 - the service's
    ) -> BaseliningJob:
        """Learn how differently people are treated, on this machine.

        Parameters
        ----------
        data_config, bias_config
            The data, and whom to look at.
        model_config, model_predicted_label_config
            The model that answers the data's rows, and how its answers are understood; not asked where
            ``data_config`` names a column of answers.
        wait, logs, job_name
            As of :meth:`DefaultModelMonitor.suggest_baseline`.
        kms_key
            Means nothing here.
        """
        data, answers = data_config, model_predicted_label_config or ModelPredictedLabelConfig()
        config = {"version": VERSION, **data.get_config(), **bias_config.get_config(), "methods": ALL}
        job = self._learning(data, config, job_name)
        label = data.name(data.label)
        learning = Learning(
            session=self.sagemaker_session,
            data=data.s3_data_input_path,
            reading=self._reading(data),
            wanted=Wanted("bias", roles=Roles(label=label if isinstance(label, str) else None), config=job.config),
        )
        if data.predicted_label is not None or model_config is None:
            return job.start(learning, wait=wait, logs=logs)
        return job.start(Answered(learning, data, model_config, answers), wait=wait, logs=logs)

    def create_monitoring_schedule(  # type: ignore[override]  # the service's classes differ so, too
        self,
        endpoint_input: EndpointInput | str | None = None,
        ground_truth_input: GroundTruthInput | str | None = None,
        analysis_config: BiasAnalysisConfig | str | None = None,
        output_s3_uri: str | None = None,
        constraints: Constraints | str | None = None,
        monitor_schedule_name: str | None = None,
        schedule_cron_expression: str | None = None,
        enable_cloudwatch_metrics: bool = True,
        batch_transform_input: BatchTransformInput | None = None,
        data_analysis_start_time: str | None = None,
        data_analysis_end_time: str | None = None,
    ) -> None:
        """Declare a schedule that joins captures with their labels and holds them against a baseline."""
        self._create(locals(), config=self._config(analysis_config))

    def update_monitoring_schedule(  # type: ignore[override]  # the service's classes differ so, too
        self,
        endpoint_input: EndpointInput | str | None = None,
        ground_truth_input: GroundTruthInput | str | None = None,
        analysis_config: BiasAnalysisConfig | str | None = None,
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
        self._update(locals(), config=self._config(analysis_config) if analysis_config else None)
