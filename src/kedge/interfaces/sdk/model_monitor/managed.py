"""Monitors whose analysis is kedge's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from kedge.interfaces.sdk.model_monitor.monitor import ModelMonitor

if TYPE_CHECKING:
    from kedge.domain.catalog import Program


class ManagedMonitor(ModelMonitor):
    """A monitor without an analyzer of one's own; its parameters are those of :class:`ModelMonitor`."""

    JOB_DEFINITION_BASE_NAME: ClassVar[str]

    def __init__(
        self,
        role: str | None = None,
        instance_count: int = 1,
        instance_type: str = "ml.m5.xlarge",
        volume_size_in_gb: int = 30,
        volume_kms_key: str | None = None,
        output_kms_key: str | None = None,
        max_runtime_in_seconds: int | None = None,
        base_job_name: str | None = None,
        sagemaker_session: Any = None,
        env: dict[str, str] | None = None,
        tags: Any = None,
        network_config: Any = None,
    ) -> None:
        super().__init__(
            role=role,
            instance_count=instance_count,
            instance_type=instance_type,
            volume_size_in_gb=volume_size_in_gb,
            volume_kms_key=volume_kms_key,
            output_kms_key=output_kms_key,
            max_runtime_in_seconds=max_runtime_in_seconds,
            base_job_name=base_job_name,
            sagemaker_session=sagemaker_session,
            env=env,
            tags=tags,
            network_config=network_config,
        )

    def run_baseline(self, *_: Any, **__: Any) -> Any:
        """Refuse: there is nothing of one's own to run.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError(f"{type(self).__name__} learns by suggest_baseline; ModelMonitor has run_baseline.")

    def _program(self, arguments: list[str] | None) -> Program | None:
        del arguments
        return None
