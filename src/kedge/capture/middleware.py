"""What stands before an application that answers requests, whichever interface it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from kedge.capture.recorder import recorder
from kedge.capture.talk import looked_at

if TYPE_CHECKING:
    from kedge.capture.config import CaptureConfig
    from kedge.capture.recorder import Capture

A = TypeVar("A")


class Middleware(Generic[A]):
    """Captures the requests that an application answers.

    Parameters
    ----------
    app
        What answers.
    config
        What is captured and where it is kept, or a recorder that others use, too.
    """

    def __init__(self, app: A, config: Capture | CaptureConfig) -> None:
        self.app = app
        self.capture = recorder(config)
        self._looked_at = looked_at(self.capture.config)
