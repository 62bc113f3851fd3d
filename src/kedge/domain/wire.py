"""Every name that belongs to the service's file formats, in one place.

Source: the reference specification, ``data-capture.md``, ``ground-truth.md`` and ``data-quality.md``.
"""

from __future__ import annotations

from typing import Final

# Capture record (data-capture.md, 1.1)
CAPTURE_DATA: Final = "captureData"
ENDPOINT_INPUT: Final = "endpointInput"
ENDPOINT_OUTPUT: Final = "endpointOutput"
EVENT_METADATA: Final = "eventMetadata"
EVENT_VERSION: Final = "eventVersion"

# Headers of a request and of its answer, in lower case: the service's (data-capture.md, 1.1 and 1.5), then plain ones
INFERENCE_ID_HEADERS: Final = ("x-amzn-sagemaker-inference-id", "inference-id", "x-inference-id")
CUSTOM_ATTRIBUTES_HEADERS: Final = ("x-amzn-sagemaker-custom-attributes", "custom-attributes", "x-custom-attributes")
TARGET_VARIANT_HEADERS: Final = ("x-amzn-sagemaker-target-variant", "x-target-variant")
INVOKED_VARIANT_HEADER: Final = "x-amzn-invoked-production-variant"

# Ground truth and merged records (ground-truth.md, 2.1 and 2.3)
GROUND_TRUTH_DATA: Final = "groundTruthData"
UPLOAD_TIME: Final = "uploadTime"  # ours: when a label was uploaded, to the millisecond
BATCH_TRANSFORM_OUTPUT: Final = "batchTransformOutput"
MERGE_FOLDER: Final = "merge"

# Files of a baseline and of a report (data-quality.md, 3.1)
STATISTICS_FILE: Final = "statistics.json"
CONSTRAINTS_FILE: Final = "constraints.json"
VIOLATIONS_FILE: Final = "constraint_violations.json"
# Of bias and attribution: statistics and constraints in one (bias.md, 5.6; explainability.md, 6.4)
ANALYSIS_FILE: Final = "analysis.json"

# Columns that batch transform appends to its output (data-capture.md, 1.7)
BATCH_INFERENCE_ID: Final = "SageMakerInferenceId"
BATCH_INFERENCE_TIME: Final = "SageMakerInferenceTime"
BATCH_OUTPUT: Final = "SageMakerOutput"

# Variables that a script finds in its environment (data-quality.md, 3.8)
PREPROCESS_SCRIPT: Final = "record_preprocessor_script"
POSTPROCESS_SCRIPT: Final = "post_analytics_processor_script"
OUTPUT_PATH: Final = "output_path"
DATASET_SOURCE: Final = "dataset_source"
START_TIME: Final = "start_time"
END_TIME: Final = "end_time"
ENDPOINT_NAME: Final = "sagemaker_endpoint_name"

# What an analyzer that is not ours finds in its environment besides, and in its container (the same; and
# scheduling-and-jobs.md, 7.7)
DATASET_FORMAT: Final = "dataset_format"
PUBLISH_METRICS: Final = "publish_cloudwatch_metrics"
SCHEDULE_NAME: Final = "sagemaker_monitoring_schedule_name"
CAPTURE_PREFIX: Final = "sagemaker_endpoint_datacapture_prefix"
BASELINE_CONSTRAINTS: Final = "baseline_constraints"
BASELINE_STATISTICS: Final = "baseline_statistics"
INPUT_FOLDER: Final = "/opt/ml/processing/input"
OUTPUT_FOLDER: Final = "/opt/ml/processing/output"
CONFIG_FOLDER: Final = "/opt/ml/config"
LEFT_FOLDER: Final = "/opt/ml/output"
JOB_CONFIG: Final = "processingjobconfig.json"
EXIT_MESSAGE: Final = "message"
METRICS_FOLDER: Final = "metrics/cloudwatch"

# Files that are kedge's own, beside the service's
PROFILE_FILE: Final = "profile.json"
REPORT_FILE: Final = "report.json"
PAGE_FILE: Final = "report.html"
CORRECTIONS_FILE: Final = "corrections.jsonl"
RECENT_FILE: Final = "recent.json"
UNLABELLED_FOLDER: Final = "unlabelled"

# Metrics: where they are published, and what tells them apart (cloudwatch-and-alerts.md, 8.1 to 8.6)
ENDPOINT_NAMESPACE: Final = "aws/sagemaker/Endpoints"
BATCH_NAMESPACE: Final = "aws/sagemaker/ModelMonitoring"
JOB_NAMESPACE: Final = "AWS/SageMaker/ProcessingJob"
ENDPOINT_DIMENSION: Final = "Endpoint"
SCHEDULE_DIMENSION: Final = "MonitoringSchedule"
JOB_DIMENSION: Final = "ProcessingJobName"
FEATURE_DIMENSION: Final = "Feature"
LARGEST_BIAS: Final = 2.348543e108  # what an infinite one is published as
