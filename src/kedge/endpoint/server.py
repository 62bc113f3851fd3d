"""Serve an ASGI app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def serve(app: Any, host: str, port: int, *, ready: Callable[[str], None]) -> None:
    """Serve an app until the process is told to end."""
    import uvicorn

    ready(f"http://{host}:{port}")
    uvicorn.run(app, host=host, port=port, log_config=None, log_level="warning", access_log=False)
