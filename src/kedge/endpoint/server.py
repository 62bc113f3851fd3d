"""Serve an ASGI app."""

from __future__ import annotations

from typing import Any


def serve(app: Any, host: str, port: int) -> None:
    """Serve an app until the process is told to end."""
    import uvicorn

    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=30)
