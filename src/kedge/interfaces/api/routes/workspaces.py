"""``/v1/workspaces``: what each team has of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kedge.domain.access import EVERY, WorkspaceSettings
from kedge.domain.documents import to_document
from kedge.interfaces.api import conditions
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document
from kedge.interfaces.api.models import Body, model
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routes.kept import CHANGES, GONE, NAME, Name, delete, item, kept, put, shown, told
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from pydantic import BaseModel as WorkspaceBody

    Declared = Body
else:
    WorkspaceBody, Declared = model(WorkspaceSettings, "WorkspaceBody", NAME), model(WorkspaceSettings)

router = routes("workspaces")


class Workspaces(Body):
    """Workspaces, by name."""

    items: list[Declared]


ONE: dict[int | str, dict[str, Any]] = item(WorkspaceSettings, 404) | {304: {"description": "It is what is known."}}


@router.get("/workspaces", summary="List workspaces", responses={200: {"model": Workspaces}})
def list_workspaces(asked: Asked) -> Response:
    """List those that the caller may see."""
    asked.check("viewer", asked.name)
    found = asked.hub.workspaces(asked.caller.name).list()
    return Document({"items": [to_document(one) for one in found if asked.sees(one.name)]})


@router.get("/workspaces/{name}", summary="Get a workspace", responses=ONE)
def get_workspace(name: Name, asked: Asked, seen: conditions.Seen) -> Response:
    """Get one, with its tag; of its credentials only where they stand."""
    asked.check("viewer", name)
    return shown(asked.hub.workspaces(asked.caller.name).get(name), seen)


@router.get("/workspaces/{name}/history", summary="Who changed a workspace", responses=CHANGES)
def history_of_workspace(name: Name, asked: Asked) -> Response:
    """Tell who changed it, when, and from what to what; also of one that is deleted."""
    asked.check("viewer", name)
    return told(asked.hub.workspaces("").history(name))


@router.put("/workspaces/{name}", summary="Declare a workspace", responses=kept(WorkspaceSettings))
def put_workspace(name: Name, body: WorkspaceBody, asked: Asked, condition: conditions.Asked) -> Response:
    """Declare a workspace, in the place of that of the same name; it takes an admin of all of them."""
    asked.check("admin", EVERY)
    workspaces = asked.hub.workspaces(asked.caller.name)
    if not workspaces.is_declared(name):  # the default one is there all the same
        condition = replace(condition, none_match=frozenset())
    return put(workspaces, name, body, condition, lambda wanted, _, expected: workspaces.declare(wanted, expected))


@router.delete(
    "/workspaces/{name}",
    summary="Delete a workspace",
    status_code=204,
    responses={**GONE, **answers(404, 409, 412)},
)
def delete_workspace(
    name: Name,
    asked: Asked,
    condition: conditions.Asked,
    force: Annotated[bool, Query(description="With all that the database has of it.")] = False,
) -> Response:
    """Delete a workspace that is empty; its reports, profiles and captures stay where they are."""
    asked.check("admin", EVERY)
    workspaces = asked.hub.workspaces(asked.caller.name)
    return delete(workspaces, name, condition, lambda known: workspaces.delete(known, force=force))
