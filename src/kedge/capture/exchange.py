"""An exchange: one request and its answer, as they went over the wire."""

from __future__ import annotations

from typing import NamedTuple


class Exchange(NamedTuple):
    """One request and its whole answer.

    Parameters
    ----------
    request, response
        The bodies, with their content coding still on.
    request_type, response_type
        ``Content-Type``, word for word; empty where none was sent.
    request_coding, response_coding
        ``Content-Encoding``, such as ``gzip``.
    inference_id, custom_attributes
        What the caller sent along, as it came.
    variant
        Which variant answered; else the configuration's.
    time
        Unix time in seconds at which the answer was complete; 0 stands for the present.
    """

    request: bytes = b""
    response: bytes = b""
    request_type: str = ""
    response_type: str = ""
    request_coding: str = ""
    response_coding: str = ""
    inference_id: str | None = None
    custom_attributes: str | None = None
    variant: str | None = None
    time: float = 0.0

    @property
    def size(self) -> int:
        """The bytes of its bodies."""
        return len(self.request) + len(self.response)

    def whole(self) -> None:
        """Do nothing: an exchange is whole."""
