"""What an endpoint captures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from kedge.capture.config import CaptureConfig
from kedge.domain.catalog import Endpoint
from kedge.interfaces.sdk.model_monitor.session import session_of
from kedge.service.preparing import absolute

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class DataCaptureConfig:
    """What of an endpoint's traffic is captured, and where it goes.

    Parameters
    ----------
    enable_capture
        Whether anything is.
    sampling_percentage
        How many requests of a hundred.
    destination_s3_uri
        The folder or URL for captures; None takes one in the session's folder.
    kms_key_id
        Means nothing here: captures are sealed by ``key`` of :class:`kedge.capture.CaptureConfig`.
    capture_options
        ``REQUEST``, ``RESPONSE`` or both; None is both.
    csv_content_types, json_content_types
        Bodies that are kept as text; None takes kedge's.
    sagemaker_session
        Whose folder and workspace.
    """

    API_MAPPING: ClassVar[dict[str, str]] = {"REQUEST": "Input", "RESPONSE": "Output"}

    enable_capture: bool
    sampling_percentage: float = 20
    destination_s3_uri: str | None = None
    kms_key_id: str | None = None
    capture_options: list[str] | None = None
    csv_content_types: list[str] | None = None
    json_content_types: list[str] | None = None
    sagemaker_session: Any = None

    def __post_init__(self) -> None:
        session = session_of(self.sagemaker_session)
        self.destination_s3_uri = absolute(self.destination_s3_uri or f"{session.folder}/data-capture")

    def to_capture_config(self, endpoint_name: str, journal: str | Path, **settings: Any) -> CaptureConfig:
        """Return the settings of :mod:`kedge.capture` that stand for it, for the server of an endpoint.

        ``settings`` are others of :class:`kedge.capture.CaptureConfig`, such as ``variant`` or ``key``.
        """
        lists = ("capture_options", "csv_content_types", "json_content_types")
        told = {name: tuple(value) for name in lists if (value := getattr(self, name)) is not None}
        return CaptureConfig(
            endpoint=endpoint_name,
            journal=journal,
            destination=self.destination_s3_uri,
            enabled=self.enable_capture,
            sampling_percentage=self.sampling_percentage,
            **{**told, **settings},
        )

    def declare(self, endpoint_name: str) -> Endpoint:
        """Declare an endpoint that captures so, or say that it does now, so that schedules can look at it."""
        captures = str(self.destination_s3_uri)
        with session_of(self.sagemaker_session).workspace() as workspace:
            known = workspace.endpoints.find(endpoint_name)
            wanted = replace(known, captures=captures) if known else Endpoint(name=endpoint_name, captures=captures)
            return workspace.endpoints.declare(wanted, known)
