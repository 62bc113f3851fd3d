"""Stands for ``sagemaker.model_monitor.dataset_format``."""

from kedge.interfaces.sdk.model_monitor.dataset_format import DatasetFormat, MonitoringDatasetFormat

__all__ = ["DatasetFormat", "MonitoringDatasetFormat"]
