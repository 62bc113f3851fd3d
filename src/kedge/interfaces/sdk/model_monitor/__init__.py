"""The classes that programs of the service use, over kedge's jobs and a workspace (scheduling-and-jobs.md, 7.8)."""

from kedge.interfaces.sdk.model_monitor.analysis_config import BiasAnalysisConfig, ExplainabilityAnalysisConfig
from kedge.interfaces.sdk.model_monitor.baselining_job import BaseliningJob
from kedge.interfaces.sdk.model_monitor.bias_config import BiasConfig
from kedge.interfaces.sdk.model_monitor.cron_expression_generator import CronExpressionGenerator
from kedge.interfaces.sdk.model_monitor.data_capture_config import DataCaptureConfig
from kedge.interfaces.sdk.model_monitor.data_config import DataConfig
from kedge.interfaces.sdk.model_monitor.dataset_format import DatasetFormat, MonitoringDatasetFormat
from kedge.interfaces.sdk.model_monitor.default_model_monitor import DefaultModelMonitor
from kedge.interfaces.sdk.model_monitor.explainability_config import (
    ExplainabilityConfig,
    ImageConfig,
    PDPConfig,
    SHAPConfig,
    TextConfig,
)
from kedge.interfaces.sdk.model_monitor.inputs import (
    BatchTransformInput,
    DataQualityDistributionConstraints,
    DataQualityMonitoringConfig,
    EndpointInput,
    GroundTruthInput,
    MonitoringOutput,
    NetworkConfig,
)
from kedge.interfaces.sdk.model_monitor.model_bias_monitor import ModelBiasMonitor
from kedge.interfaces.sdk.model_monitor.model_config import ModelConfig, ModelPredictedLabelConfig
from kedge.interfaces.sdk.model_monitor.model_explainability_monitor import ModelExplainabilityMonitor
from kedge.interfaces.sdk.model_monitor.model_quality_monitor import ModelQualityMonitor
from kedge.interfaces.sdk.model_monitor.monitor import ModelMonitor
from kedge.interfaces.sdk.model_monitor.monitoring_alerts import (
    ModelDashboardIndicatorAction,
    MonitoringAlertActions,
    MonitoringAlertHistorySummary,
    MonitoringAlertSummary,
)
from kedge.interfaces.sdk.model_monitor.monitoring_execution import MonitoringExecution
from kedge.interfaces.sdk.model_monitor.monitoring_files import Constraints, ConstraintViolations, Statistics
from kedge.interfaces.sdk.model_monitor.session import Session

__all__ = [
    "BaseliningJob",
    "BatchTransformInput",
    "BiasAnalysisConfig",
    "BiasConfig",
    "ConstraintViolations",
    "Constraints",
    "CronExpressionGenerator",
    "DataCaptureConfig",
    "DataConfig",
    "DataQualityDistributionConstraints",
    "DataQualityMonitoringConfig",
    "DatasetFormat",
    "DefaultModelMonitor",
    "EndpointInput",
    "ExplainabilityAnalysisConfig",
    "ExplainabilityConfig",
    "GroundTruthInput",
    "ImageConfig",
    "ModelBiasMonitor",
    "ModelConfig",
    "ModelDashboardIndicatorAction",
    "ModelExplainabilityMonitor",
    "ModelMonitor",
    "ModelPredictedLabelConfig",
    "ModelQualityMonitor",
    "MonitoringAlertActions",
    "MonitoringAlertHistorySummary",
    "MonitoringAlertSummary",
    "MonitoringDatasetFormat",
    "MonitoringExecution",
    "MonitoringOutput",
    "NetworkConfig",
    "PDPConfig",
    "SHAPConfig",
    "Session",
    "Statistics",
    "TextConfig",
]
