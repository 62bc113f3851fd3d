"""What monitors of bias and of attribution share: an analysis configuration, and a document that is both sides."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from kedge.domain.wire import ANALYSIS_FILE, STATISTICS_FILE
from kedge.interfaces.sdk.model_monitor.data_config import DATASET_TYPES
from kedge.interfaces.sdk.model_monitor.managed import ManagedMonitor
from kedge.interfaces.sdk.model_monitor.names import unique
from kedge.service.preparing import absolute

if TYPE_CHECKING:
    from kedge.interfaces.sdk.model_monitor.baselining_job import BaseliningJob
    from kedge.interfaces.sdk.model_monitor.data_config import DataConfig

CONFIG_FILE = "analysis_config.json"
FIRST_BYTES = 64 << 10


class ClarifyMonitor(ManagedMonitor):
    """A monitor whose baseline is ``analysis.json``."""

    def latest_monitoring_statistics(self, file_name: str = STATISTICS_FILE) -> NoReturn:
        """Refuse: such reports have no statistics, and ``analysis.json`` stands for them.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError(f"{type(self).__name__} leaves {ANALYSIS_FILE}, and not {file_name}.")

    def _learning(self, data: DataConfig, config: dict[str, Any], job_name: str | None) -> BaseliningJob:
        """Return a job that learns by a configuration, which is written for it, to be started."""
        job = self._learn(data.s3_data_input_path, data.s3_output_path, job_name)
        place = absolute(data.s3_analysis_config_output_path or job.destination).rstrip("/")
        job.config, job.constraints_file = self._written(config, place), ANALYSIS_FILE
        return job

    def _config(self, given: Any) -> str | None:
        """Return where the configuration of a schedule is: the one that was given, or that of the last baseline."""
        if isinstance(given, str):
            return given
        if given is None:
            return self.latest_baselining_job.config if self.latest_baselining_job else None
        return self._written(given.to_dict(), f"{self.sagemaker_session.folder}/configs/{unique('config')}")

    def _written(self, config: dict[str, Any], folder: str) -> str:
        content = json.dumps(config, indent=2, ensure_ascii=False).encode()
        return self.sagemaker_session.write(f"{folder}/{CONFIG_FILE}", content)

    def _reading(self, data: DataConfig) -> dict[str, Any]:
        """Return how the data of a baseline are read; the first line of a CSV file may be the headers, or not."""
        format = DATASET_TYPES[data.dataset_type]
        if format != "csv" or not data.headers:
            return {"format": format}
        store = self.sagemaker_session.store
        entries = [entry for entry in store.list(absolute(data.s3_data_input_path)) if entry.size]
        first = store.head(entries[0].url, FIRST_BYTES).decode("utf-8-sig", "replace") if entries else ""
        names = [name.strip().strip('"') for name in first.partition("\n")[0].split(",")]
        return {"format": format, "header": names == data.headers}
