"""What a schedule looks at, and where what it says goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

ENDPOINT_FOLDER: Final = "/opt/ml/processing/input/endpoint"  # where the service's containers find captures


@dataclass
class EndpointInput:
    """An endpoint that captures its traffic.

    Parameters
    ----------
    endpoint_name
        Its name, as it is declared.
    start_time_offset, end_time_offset
        Added to start and end of the window, such as ``-PT6H``, so that labels have time to come.
    inference_attribute, probability_attribute, probability_threshold_attribute
        Where the answer stands, and above which probability it is positive.
    exclude_features_attribute
        Features to leave out, with commas between them.
    destination, s3_input_mode, s3_data_distribution_type, features_attribute
        Mean nothing here: captures are read where they lie, in all the usual layouts.
    """

    endpoint_name: str
    destination: str
    s3_input_mode: str = "File"
    s3_data_distribution_type: str = "FullyReplicated"
    start_time_offset: str | None = None
    end_time_offset: str | None = None
    features_attribute: str | None = None
    inference_attribute: str | int | None = None
    probability_attribute: str | int | None = None
    probability_threshold_attribute: float | str | None = None
    exclude_features_attribute: str | None = None


@dataclass
class BatchTransformInput:
    """What a batch transform captured.

    Parameters
    ----------
    data_captured_destination_s3_uri
        Where it lies.
    dataset_format
        As :class:`MonitoringDatasetFormat` writes it.
    destination, s3_input_mode, s3_data_distribution_type, start_time_offset, …
        As of :class:`EndpointInput`.
    """

    data_captured_destination_s3_uri: str
    destination: str
    dataset_format: dict[str, Any]
    s3_input_mode: str = "File"
    s3_data_distribution_type: str = "FullyReplicated"
    start_time_offset: str | None = None
    end_time_offset: str | None = None
    features_attribute: str | None = None
    inference_attribute: str | int | None = None
    probability_attribute: str | int | None = None
    probability_threshold_attribute: float | str | None = None
    exclude_features_attribute: str | None = None


@dataclass
class GroundTruthInput:
    """Where labels are: the folder or URL above the folders of the hours."""

    ground_truth_s3_uri: str


@dataclass
class MonitoringOutput:
    """Where an analyzer of one's own leaves its report, and where it is kept."""

    source: str
    destination: str | None = None
    s3_upload_mode: str = "Continuous"


@dataclass
class NetworkConfig:
    """How the service's machines are connected; means nothing here."""

    enable_network_isolation: bool | None = None
    security_group_ids: list[str] | None = None
    subnets: list[str] | None = None
    encrypt_inter_container_traffic: bool | None = None


@dataclass
class DataQualityDistributionConstraints:
    """How drift is looked for: ``LInfinity`` or ``ChiSquared`` for categories."""

    categorical_drift_method: str | None = None


@dataclass
class DataQualityMonitoringConfig:
    """How a baseline of data quality will be judged by."""

    distribution_constraints: DataQualityDistributionConstraints | None = None
