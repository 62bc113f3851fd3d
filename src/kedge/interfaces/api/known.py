"""Who asks is known before anything of what they send is read: of strangers no body is kept, and none is understood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from kedge.errors import KedgeError
from kedge.interfaces.api.problems import of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from kedge.interfaces.api.asking import Door

# What is for anybody: whether there is a server, what it may be asked, and how one is let in.
OPEN: Final = frozenset(f"/v1/{path}" for path in ("health", "openapi.json", "login", "login/callback", "logout"))


@dataclass(frozen=True)
class Known:
    """Lets in who is known, and tells the application who they are."""

    app: ASGIApp
    door: Door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "http" and scope["path"] not in OPEN:
            request = Request(scope)
            try:
                # Only a token is looked up in the database, which may take its time.
                shown = "authorization" in request.headers
                caller = await run_in_threadpool(self.door.caller, request) if shown else self.door.caller(request)
            except KedgeError as error:
                await of(error)(scope, receive, send)
                return
            scope.setdefault("state", {})["caller"] = caller
        await self.app(scope, receive, send)
