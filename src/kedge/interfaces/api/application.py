"""The application: every route below ``/v1``, every error a problem, and a description that tells both."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI

from kedge.interfaces.api import problems
from kedge.interfaces.api.known import Known
from kedge.interfaces.api.loopback import SameSite
from kedge.interfaces.api.routes import (
    about,
    alarms,
    applying,
    baselines,
    channels,
    definitions,
    executions,
    exported,
    happening,
    metrics,
    notifications,
    prometheus,
    queries,
    received,
    records,
    schedules,
    sources,
    tokens,
    workspaces,
)
from kedge.version import __version__

if TYPE_CHECKING:
    from threading import Event

    from fastapi.routing import APIRoute

    from kedge.interfaces.api.asking import Door

PREFIX: Final = "/v1"
ROUTERS: Final = (
    about.router,
    sources.router,
    definitions.router,
    schedules.router,
    baselines.router,
    channels.router,
    notifications.router,
    executions.router,
    records.router,
    applying.router,
    queries.router,
    metrics.router,
    alarms.router,
    exported.router,
    received.router,
    happening.router,
    tokens.router,
    workspaces.router,
)
# What any route may answer: it is no HTTP, nobody knows who asks, they may not, there is no such workspace, it is too
# large, unusable, too often, a defect, or the database is away.
COMMON: Final = (400, 401, 403, 404, 413, 422, 429, 500, 503)


def application(door: Door, stop: Event) -> FastAPI:
    """Return the application; its streams end when ``stop`` is set."""
    app = FastAPI(
        title="kedge",
        version=__version__,
        summary="Model monitoring.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # its page would load a script from elsewhere
        redoc_url=None,
        generate_unique_id_function=_id,
        separate_input_output_schemas=False,
        redirect_slashes=False,  # a redirect leads to whatever host the request names
    )
    app.state.door, app.state.stop, app.state.streams = door, stop, Counter()
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX, responses=problems.answers(*COMMON))
    app.include_router(prometheus.router)
    if door.login:
        from kedge.interfaces.api.routes import login  # its library is an extra

        app.include_router(login.router(door.login), prefix=PREFIX)
    problems.install(app)
    app.add_middleware(Known, door=door)
    app.add_middleware(SameSite, open=door.anyone is not None)
    app.openapi = _described(app)  # type: ignore[method-assign]  # as FastAPI tells to extend it
    for route in app.routes:  # it is made when it is asked first: now, and not by two requests at once
        route.matches({"type": "http", "method": "GET", "path": f"{PREFIX}/", "headers": []})
    return app


def _id(route: APIRoute) -> str:
    return route.name


def _described(app: FastAPI) -> Any:
    """Return what describes the interface, with the problems that every route names."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        found = describe()
        found.setdefault("components", {}).setdefault("schemas", {})["Problem"] = problems.Problem.model_json_schema()
        return found

    return described
