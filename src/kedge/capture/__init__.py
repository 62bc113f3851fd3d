"""Capture: the traffic of a model server, kept without the server noticing.

It runs inside other people's servers: the standard library only, bounded memory, and no request that waits or fails
because of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kedge.capture.asgi import CaptureMiddleware
    from kedge.capture.batch import BatchRecorder
    from kedge.capture.config import CaptureConfig
    from kedge.capture.counts import Counts
    from kedge.capture.exchange import Exchange
    from kedge.capture.function import captured
    from kedge.capture.grpc import AioCaptureInterceptor, CaptureInterceptor
    from kedge.capture.recorder import Capture
    from kedge.capture.redact import Redact
    from kedge.capture.sampling import sampled
    from kedge.capture.wsgi import WSGICaptureMiddleware

_HOMES = {
    "AioCaptureInterceptor": "grpc",
    "BatchRecorder": "batch",
    "Capture": "recorder",
    "CaptureConfig": "config",
    "CaptureInterceptor": "grpc",
    "CaptureMiddleware": "asgi",
    "Counts": "counts",
    "Exchange": "exchange",
    "Redact": "redact",
    "WSGICaptureMiddleware": "wsgi",
    "captured": "function",
    "sampled": "sampling",
}
__all__ = [
    "AioCaptureInterceptor",
    "BatchRecorder",
    "Capture",
    "CaptureConfig",
    "CaptureInterceptor",
    "CaptureMiddleware",
    "Counts",
    "Exchange",
    "Redact",
    "WSGICaptureMiddleware",
    "captured",
    "sampled",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
