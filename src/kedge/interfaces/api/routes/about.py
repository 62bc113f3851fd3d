"""``/v1/health``, ``/v1/me``, ``/v1/overview``: what this is, who asks, and how all is that they may see."""

from __future__ import annotations

from fastapi import Request
from pydantic import Field
from starlette.responses import Response

from kedge.domain.access import DEFAULT, EVERY
from kedge.domain.documents import to_document
from kedge.domain.record import Query
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document
from kedge.interfaces.api.models import Body
from kedge.interfaces.api.routing import routes
from kedge.version import __version__

router = routes("about")

SHOWN = 10  # executions of a workspace that tell how it is


class Health(Body):
    """That a server answers, and which."""

    status: str
    version: str


class Me(Body):
    """Who asks."""

    name: str
    role: str
    workspace: str
    scopes: list[str] = Field(default_factory=list)


class Standing(Body):
    """How a workspace is: its schedules, those of them that rest, and what ended last, the latest first."""

    workspace: str
    schedules: int
    stopped: int
    executions: list[dict[str, object]]


class Overview(Body):
    """How every workspace is that the caller may see."""

    items: list[Standing]


@router.get("/health", summary="Whether the server answers", responses={200: {"model": Health}})
def health(request: Request) -> Response:
    """Tell that it does, its database too, and its version; anybody may ask."""
    request.app.state.door.hub.records.get("workspace", DEFAULT)
    return Document({"status": "ok", "version": __version__})


@router.get("/me", summary="Who asks", responses={200: {"model": Me}})
def me(asked: Asked) -> Response:
    """Tell name, role, workspace and scopes of who asks."""
    return Document(to_document(asked.caller))


@router.get("/overview", summary="How all workspaces are", responses={200: {"model": Overview}})
def overview(asked: Asked) -> Response:
    """Tell of every workspace that the caller may see how it is: one look for a whole company."""
    own = asked.caller.workspace
    seen = [one.name for one in asked.hub.workspaces("").list()] if own == EVERY else [own]
    return Document({"items": [_standing(asked, name) for name in seen]})


def _standing(asked: Asked, name: str) -> dict[str, object]:
    asked.check("viewer", name, "executions")
    workspace = asked.hub.workspace(asked.caller.name, name)
    statuses = [record.status for record in workspace.records(Query("schedule"))]
    last = workspace.records(Query("execution", order="time", descending=True, limit=SHOWN))
    told = [{"name": record.name, "schedule": record.parent, "status": record.status} for record in last]
    stopped = statuses.count("Stopped")
    return {"workspace": name, "schedules": len(statuses), "stopped": stopped, "executions": told}
