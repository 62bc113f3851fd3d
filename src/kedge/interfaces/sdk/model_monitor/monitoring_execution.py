"""One run of a schedule."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kedge.domain.catalog import ENDED
from kedge.domain.wire import OUTPUT_FOLDER, STATISTICS_FILE, VIOLATIONS_FILE
from kedge.interfaces.sdk.model_monitor.describe import job_answer, report_of
from kedge.interfaces.sdk.model_monitor.inputs import MonitoringOutput
from kedge.interfaces.sdk.model_monitor.monitoring_files import ConstraintViolations, Statistics, parsed
from kedge.interfaces.sdk.model_monitor.session import session_of

if TYPE_CHECKING:
    from kedge.domain.catalog import Execution, JobDefinition

POLL_SECONDS = 1.0


class MonitoringExecution:
    """An execution, by its name.

    Parameters
    ----------
    sagemaker_session
        Where it runs.
    job_name
        Its name, as ``kedge execution list`` shows it.
    """

    def __init__(self, sagemaker_session: Any, job_name: str) -> None:
        self.sagemaker_session = session_of(sagemaker_session)
        self.job_name = self.processing_job_name = job_name

    @classmethod
    def from_processing_arn(cls, sagemaker_session: Any, processing_job_arn: str) -> MonitoringExecution:
        """Return the one that an answer names."""
        return cls(sagemaker_session, processing_job_arn.rpartition("/")[2])

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """What it looks at."""
        found: list[dict[str, Any]] = self.describe()["ProcessingInputs"]
        return found

    @property
    def output(self) -> MonitoringOutput:
        """Where its report is, or will be."""
        return MonitoringOutput(OUTPUT_FOLDER, report_of(*self._found()))

    @property
    def processing_job(self) -> dict[str, Any]:
        """What :meth:`describe` tells."""
        return self.describe()

    def describe(self) -> dict[str, Any]:
        """Tell how it went, as the service tells of a processing job."""
        return job_answer(*self._found())

    def statistics(self, file_name: str = STATISTICS_FILE, kms_key: str | None = None) -> Statistics:
        """Return what was found.

        Raises
        ------
        InputError
            It left no report, or has not yet.
        """
        return Statistics(*self._file(file_name), kms_key, self.sagemaker_session)

    def constraint_violations(
        self, file_name: str = VIOLATIONS_FILE, kms_key: str | None = None
    ) -> ConstraintViolations:
        """Return what was not as demanded, which may be nothing.

        Raises
        ------
        InputError
            It left no report, or has not yet.
        """
        return ConstraintViolations(*self._file(file_name), kms_key, self.sagemaker_session)

    def wait(self, logs: bool = True) -> None:
        """Wait for its end, and print what it printed."""
        while self._found()[0].status not in ENDED:
            time.sleep(POLL_SECONDS)
        if logs:
            self.print_log()

    def stop(self) -> None:
        """Have it end."""
        with self.sagemaker_session.workspace() as workspace:
            workspace.executions.stop(self.job_name)

    def print_log(self) -> None:
        """Print what it printed until now."""
        with self.sagemaker_session.workspace() as workspace:
            lines = workspace.log(self.job_name)
        for line in lines:
            print(line)

    def __repr__(self) -> str:
        return f"<MonitoringExecution {self.job_name}>"

    def _file(self, name: str) -> tuple[dict[str, Any], str]:
        with self.sagemaker_session.workspace() as workspace:
            content = workspace.report_file(self.job_name, name)
        url = f"{self.output.destination}/{name}"
        return parsed(content, url), url

    def _found(self) -> tuple[Execution, JobDefinition]:
        with self.sagemaker_session.workspace() as workspace:
            execution = workspace.executions.get(self.job_name)
            return execution, workspace.definitions.get(execution.monitoring_job_definition_name)
