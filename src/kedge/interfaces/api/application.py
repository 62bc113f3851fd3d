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
from kedge.interfaces.api.routing import PREFIX
from kedge.version import __version__

if TYPE_CHECKING:
    from threading import Event

    from kedge.interfaces.api.asking import Door

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


def application(door: Door, stop: Event) -> FastAPI:
    """Return the application; its streams end when ``stop`` is set."""
    app = FastAPI(
        title="kedge",
        version=__version__,
        summary="Model monitoring.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # its page would load a script from elsewhere
        redoc_url=None,
        separate_input_output_schemas=False,
        redirect_slashes=False,  # a redirect leads to whatever host the request names
    )
    app.state.door, app.state.stop, app.state.streams = door, stop, Counter()
    routers = [*ROUTERS, prometheus.router]
    if door.login:
        from kedge.interfaces.api.routes import login  # its library is an extra

        routers.append(login.router(door.login))
    for router in routers:
        app.router.routes.extend(router.routes)  # as they are: to include them would make each of them again
    problems.install(app)
    app.add_middleware(Known, door=door)
    app.add_middleware(SameSite, open=door.anyone is not None)
    app.openapi = _described(app)  # type: ignore[method-assign]  # as FastAPI tells to extend it
    return app


def _described(app: FastAPI) -> Any:
    """Return what describes the interface, with the problems that every route names."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        found = describe()
        found.setdefault("components", {}).setdefault("schemas", {})["Problem"] = problems.Problem.model_json_schema()
        return found

    return described
