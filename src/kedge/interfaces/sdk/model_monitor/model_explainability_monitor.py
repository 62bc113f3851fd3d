"""Feature attribution: do the answers still come from the same features?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from kedge.interfaces.sdk.model_monitor.analysis_config import VERSION, ExplainabilityAnalysisConfig, methods
from kedge.interfaces.sdk.model_monitor.clarify_monitor import ClarifyMonitor
from kedge.interfaces.sdk.model_monitor.given import told
from kedge.interfaces.sdk.model_monitor.learning import Learning
from kedge.interfaces.sdk.model_monitor.model_config import ModelPredictedLabelConfig
from kedge.service.choice import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.domain.catalog import MonitoringType
    from kedge.interfaces.sdk.model_monitor.baselining_job import BaseliningJob
    from kedge.interfaces.sdk.model_monitor.data_config import DataConfig
    from kedge.interfaces.sdk.model_monitor.explainability_config import ExplainabilityConfig
    from kedge.interfaces.sdk.model_monitor.inputs import BatchTransformInput, EndpointInput
    from kedge.interfaces.sdk.model_monitor.model_config import ModelConfig
    from kedge.interfaces.sdk.model_monitor.monitoring_files import Constraints

OF_DATA = ("headers", "label", "features", "dataset_type")  # what of the data the configuration tells


class ModelExplainabilityMonitor(ClarifyMonitor):
    """Monitors feature attribution; its parameters are those of :class:`ModelMonitor` but for an analyzer."""

    JOB_DEFINITION_BASE_NAME: ClassVar[str] = "model-explainability-job-definition"
    _type: ClassVar[MonitoringType] = "ModelExplainability"

    def suggest_baseline(
        self,
        data_config: DataConfig,
        explainability_config: ExplainabilityConfig | Sequence[ExplainabilityConfig],
        model_config: ModelConfig,
        model_scores: ModelPredictedLabelConfig | str | int | None = None,
        wait: bool = False,
        logs: bool = False,
        job_name: str | None = None,
        kms_key: str | None = None,  # noqa: ARG002 - the service's
    ) -> BaseliningJob:
        """Learn what the model's answers come from, on this machine.

        Parameters
        ----------
        data_config, explainability_config, model_config
            The data, how answers are explained, and whose.
        model_scores
            Where the score stands in an answer.
        wait, logs, job_name
            As of :meth:`DefaultModelMonitor.suggest_baseline`.
        kms_key
            Means nothing here.
        """
        scores = model_scores
        if not isinstance(scores, ModelPredictedLabelConfig):
            scores = ModelPredictedLabelConfig(label=scores)
        config = {
            "version": VERSION,
            **{name: value for name, value in data_config.get_config().items() if name in OF_DATA},
            "methods": methods(explainability_config),
            "predictor": {**model_config.get_predictor_config(), **scores.get_predictor_config()[1]},
        }
        job = self._learning(data_config, config, job_name)
        predictor = job.predictor = self.sagemaker_session.predictor(model_config.name)
        excluded = tuple(str(data_config.name(column)) for column in data_config.excluded_columns or ())
        learning = Learning(
            session=self.sagemaker_session,
            data=data_config.s3_data_input_path,
            reading=told({**self._reading(data_config), "exclude": excluded}),
            wanted=Wanted("attribution", config=job.config, predictor=predictor),
        )
        return job.start(learning, wait=wait, logs=logs)

    def create_monitoring_schedule(  # type: ignore[override]  # the service's classes differ so, too
        self,
        endpoint_input: EndpointInput | str | None = None,
        analysis_config: ExplainabilityAnalysisConfig | str | None = None,
        output_s3_uri: str | None = None,
        constraints: Constraints | str | None = None,
        monitor_schedule_name: str | None = None,
        schedule_cron_expression: str | None = None,
        enable_cloudwatch_metrics: bool = True,
        batch_transform_input: BatchTransformInput | None = None,
        data_analysis_start_time: str | None = None,
        data_analysis_end_time: str | None = None,
    ) -> None:
        """Declare a schedule that asks the model about captures and holds what it learns against a baseline."""
        asked = self._model(analysis_config)
        self._create(locals(), **asked)

    def update_monitoring_schedule(  # type: ignore[override]  # the service's classes differ so, too
        self,
        endpoint_input: EndpointInput | str | None = None,
        analysis_config: ExplainabilityAnalysisConfig | str | None = None,
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
        self._update(locals(), **(self._model(analysis_config) if analysis_config else {}))

    def _model(self, config: ExplainabilityAnalysisConfig | str | None) -> dict[str, Any]:
        """Return the configuration of a schedule and its model: those given, or those of the last baseline."""
        job, session = self.latest_baselining_job, self.sagemaker_session
        if config is None:
            return {"config": self._config(None), "predictor": job.predictor if job else None}
        written = json.loads(session.read(config)) if isinstance(config, str) else config.to_dict()
        predictor = written.get("predictor", {})
        model = predictor.get("model_name") or predictor.get("endpoint_name")
        return {"config": self._config(config), "predictor": session.predictor(model) if model else None}
