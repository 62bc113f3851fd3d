"""A baseline that is being learned, or was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kedge.domain.wire import CONSTRAINTS_FILE, STATISTICS_FILE
from kedge.errors import SettingError
from kedge.interfaces.sdk.model_monitor.describe import asked_for, machines
from kedge.interfaces.sdk.model_monitor.given import told
from kedge.interfaces.sdk.model_monitor.inputs import MonitoringOutput
from kedge.interfaces.sdk.model_monitor.monitoring_files import Constraints, Statistics
from kedge.interfaces.sdk.model_monitor.names import arn
from kedge.interfaces.sdk.model_monitor.session import session_of
from kedge.service.preparing import absolute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    Work = Callable[[str], list[str]]

OUTPUT_FOLDER = "/opt/ml/processing/output"


class BaseliningJob:
    """Learns a baseline beside the program; what asks for its documents waits for them.

    Parameters
    ----------
    sagemaker_session
        What it works with.
    job_name
        Its name.
    inputs
        Of which data.
    output
        The folder or URL for the documents; None takes one in the session's folder.
    given
        What means nothing here, to be told by ``describe``.
    """

    def __init__(
        self,
        sagemaker_session: Any,
        job_name: str,
        inputs: str,
        output: str | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        self.sagemaker_session = session_of(sagemaker_session)
        self.job_name, self.inputs, self.given = job_name, inputs, dict(given or {})
        place = output or f"{self.sagemaker_session.folder}/baselining/{job_name}/results"
        self.destination = absolute(place).rstrip("/")
        self.output = MonitoringOutput(OUTPUT_FOLDER, self.destination, "EndOfJob")
        self.outputs = [self.output]
        self.config: str | None = None  # of bias and attribution: where their configuration is
        self.predictor: str | None = None
        self.constraints_file = CONSTRAINTS_FILE
        self._started = datetime.now(UTC)
        self._work: Future[list[str]] | None = None

    def start(self, work: Work, *, wait: bool, logs: bool) -> BaseliningJob:
        """Begin: ``work`` writes the documents to a folder, and returns what there is to say."""
        pool = ThreadPoolExecutor(1, thread_name_prefix=self.job_name)
        self._work = pool.submit(work, self.destination)
        pool.shutdown(wait=False)
        if wait:
            self.wait(logs)
        return self

    def wait(self, logs: bool = True) -> None:
        """Wait for its end, and print what it says.

        Raises
        ------
        KedgeError
            It failed.
        """
        said = self._running.result()
        for line in said if logs else ():
            print(line)

    def baseline_statistics(self, file_name: str = STATISTICS_FILE, kms_key: str | None = None) -> Statistics:
        """Return what was found, when it is."""
        self._running.result()
        return Statistics.from_s3_uri(f"{self.destination}/{file_name}", kms_key, self.sagemaker_session)

    def suggested_constraints(self, file_name: str = CONSTRAINTS_FILE, kms_key: str | None = None) -> Constraints:
        """Return what is to be demanded, when it is known: of bias and attribution the analysis itself."""
        self._running.result()
        file_name = self.constraints_file if file_name == CONSTRAINTS_FILE else file_name
        return Constraints.from_s3_uri(f"{self.destination}/{file_name}", kms_key, self.sagemaker_session)

    def describe(self) -> dict[str, Any]:
        """Tell how it goes, as the service tells of a processing job."""
        work, output = self._running, {"S3Uri": self.destination, "LocalPath": OUTPUT_FOLDER}
        error = work.exception() if work.done() else None
        status = "InProgress" if not work.done() else "Failed" if error else "Completed"
        return {
            "ProcessingJobName": self.job_name,
            "ProcessingJobArn": arn("processing-job", self.job_name),
            "ProcessingJobStatus": status,
            "ProcessingInputs": [{"InputName": "baseline_dataset_input", "S3Input": {"S3Uri": self.inputs}}],
            "ProcessingOutputConfig": {
                "Outputs": [{"OutputName": "monitoring_output", "S3Output": {**output, "S3UploadMode": "EndOfJob"}}]
            },
            "CreationTime": self._started,
            "ProcessingResources": machines(self.given),
            "Environment": self.given.get("env", {}),
            **asked_for(self.given),
            **told({"FailureReason": str(error) if error else None}),
        }

    @property
    def _running(self) -> Future[list[str]]:
        if self._work is None:
            raise SettingError(f"The job {self.job_name!r} was not started.", next_step="Call suggest_baseline.")
        return self._work
