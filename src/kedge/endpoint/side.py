"""The doors beside an application: is it well, and what has it counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from kedge.endpoint.asgi import answer

if TYPE_CHECKING:
    from kedge.endpoint.asgi import App, Receive, Scope, Send

HEALTH_PATH = "/-/health"
METRICS_PATH = "/-/metrics"
PROMETHEUS = b"text/plain; version=0.0.4; charset=utf-8"
Health = Callable[[], Awaitable[str]]


class Side:
    """Answers ``GET`` of two paths itself, and leaves everything else to an application.

    Parameters
    ----------
    health
        Returns what is wrong, or the empty string: 503 or 200.
    metrics
        Returns what Prometheus is to read.
    health_path, metrics_path
        Where; the empty string leaves the door out.
    """

    def __init__(
        self,
        app: App,
        health: Health,
        metrics: Callable[[], str],
        health_path: str = HEALTH_PATH,
        metrics_path: str = METRICS_PATH,
    ) -> None:
        self._app, self._health, self._metrics = app, health, metrics
        self._doors = {path: door for path, door in ((health_path, self._well), (metrics_path, self._count)) if path}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        door = self._doors.get(scope["path"]) if scope["type"] == "http" else None
        if door and scope["method"] in ("GET", "HEAD"):
            await door(send)
        else:
            await self._app(scope, receive, send)

    async def _well(self, send: Send) -> None:
        wrong = await self._health()
        await answer(send, 503 if wrong else 200, {"status": wrong or "ok"})

    async def _count(self, send: Send) -> None:
        await answer(send, 200, self._metrics().rstrip("\n"), PROMETHEUS)
