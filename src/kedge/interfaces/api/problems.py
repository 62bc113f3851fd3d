"""Errors as answers: problem+json for our own, and for those of the framework."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from kedge.domain.problem import MEDIA_TYPE, named, to_problem
from kedge.errors import Conflict, InputError, KedgeError, NotAllowed, NotFound, Unavailable
from kedge.interfaces.api.documents import rendered
from kedge.interfaces.api.models import Body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI
    from starlette.requests import Request

LOG = logging.getLogger(__name__)
UNUSABLE: Final = 422
# By the name of the problem; what is not here is unusable.
STATUSES: Final[dict[str, int]] = {
    "conflict": 409,
    "not-found": 404,
    "in-use": 409,
    "not-allowed": 403,
    "missing-dependency": 501,
    "server": 502,
    "plugin": 422,
    "unavailable": 503,
}
RETRY: Final = {"Retry-After": "5"}  # seconds


class Unknown(NotAllowed):
    """Nobody knows who asks."""


class Unmet(Conflict):
    """What is asked for only under a condition, which does not hold."""


class Problem(Body):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="Which problem it is, urn:kedge:problem:…", examples=["urn:kedge:problem:not-found"])
    title: str = Field(description="The same in words.")
    status: int = Field(description="The status of the answer.")
    detail: str = Field(description="What was expected and what was found.")
    file: str | None = Field(default=None, description="In which file.")
    line: int | None = Field(default=None, description="In which line of it, counted from 1.")
    field: str | None = Field(default=None, description="Of which field.")
    next_step: str | None = Field(default=None, description="What you can do about it.")
    code: str | None = Field(default=None, description="Of a script that failed: its line.")
    record: str | None = Field(default=None, description="Of a script that failed: what broke it.")
    output: str | None = Field(default=None, description="Of a script that failed: what it printed last.")


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how problems of these statuses are told in the description of the interface."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def install(app: FastAPI) -> None:
    """Have every error leave as a problem."""
    app.add_exception_handler(KedgeError, _ours)
    app.add_exception_handler(RequestValidationError, _unusable)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _unexpected)


def answer(error: KedgeError, status: int | None = None, headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer that an error is."""
    name = named(error)
    status = status or STATUSES.get(name, UNUSABLE)
    return _response(to_problem(error, name, HTTPStatus(status).phrase, status), headers)


def _ours(_: Request, error: Exception) -> Response:
    assert isinstance(error, KedgeError)
    return of(error)


def of(error: KedgeError) -> Response:
    """Return the answer that an error is, with the status and the headers of its kind."""
    if isinstance(error, Unknown):
        return answer(error, 401, {"WWW-Authenticate": "Bearer"})
    if isinstance(error, Unavailable):
        return answer(error, headers=RETRY)
    return answer(error, 412 if isinstance(error, Unmet) else None)


def _unusable(_: Request, error: Exception) -> Response:
    """Tell the first thing that is wrong with a request, where it stands."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"][1:])) or str(first["loc"][0])
    message = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    step = "GET /v1/openapi.json tells what is expected."
    return answer(InputError(f"{message[:1].upper()}{message[1:]}.", field=field, next_step=step))


def _of_http(request: Request, error: Exception) -> Response:
    """Tell what the framework refuses."""
    assert isinstance(error, HTTPException)
    told = InputError(str(error.detail), next_step="GET /v1/openapi.json tells what there is.")
    if error.status_code == 404:
        told = NotFound(f"There is nothing at {request.url.path[:200]}.", next_step=told.next_step)  # type: ignore[assignment]
    elif error.status_code == 405:
        told = InputError(f"{request.method} is not for {request.url.path[:200]}.", next_step=told.next_step)
    return answer(told, error.status_code, error.headers)


def _unexpected(request: Request, error: Exception) -> Response:
    """Tell nothing of a defect but that it is one; what it is stands in the log."""
    LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    told = KedgeError("This is a defect of kedge.", next_step="The server's log says more; please report it.")
    return answer(told, 500)


def _response(problem: Mapping[str, Any], headers: Mapping[str, str] | None) -> Response:
    return Response(rendered(problem), problem["status"], headers, MEDIA_TYPE)
