"""How people log in: to the provider, back with a code, and out again. They are for browsers, and none of the REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from kedge.interfaces.api.oidc import AWAY_SECONDS, SESSION_SECONDS
from kedge.interfaces.api.routing import PREFIX

if TYPE_CHECKING:
    from kedge.interfaces.api.oidc import Login

LONGEST = 2_000


def router(login: Login) -> APIRouter:
    """Return the routes."""
    made = APIRouter(prefix=PREFIX, include_in_schema=False)

    @made.get("/login")
    def begin(
        after: Annotated[str, Query(max_length=LONGEST)] = "/v1/me",
        workspace: Annotated[str | None, Query(max_length=63)] = None,
    ) -> Response:
        """Send somebody to the provider."""
        url, kept = login.begin(after, workspace)
        answer = RedirectResponse(url, 303)
        _keep(answer, login, login.away, kept, AWAY_SECONDS)
        return answer

    @made.get("/login/callback")
    def end(request: Request) -> Response:
        """Take somebody back from the provider."""
        after, session = login.end(request.query_params, request.cookies.get(login.away, ""))
        answer = RedirectResponse(after, 303)
        _keep(answer, login, login.session, session, SESSION_SECONDS)
        _keep(answer, login, login.away, "", 0)
        return answer

    @made.post("/logout")
    def leave() -> Response:
        """Forget who somebody was."""
        answer = Response(status_code=204, headers={"Clear-Site-Data": '"cache", "storage"'})
        _keep(answer, login, login.session, "", 0)
        return answer

    return made


def _keep(answer: Response, login: Login, name: str, value: str, seconds: int) -> None:
    """Have the browser keep a cookie, for us alone; no script sees it, and no other site sends it along."""
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=login.is_secure, httponly=True, samesite="lax")
