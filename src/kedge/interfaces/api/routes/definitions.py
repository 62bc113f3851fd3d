"""``/v1/definitions``: what is done each time. One never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from kedge.domain.catalog import JobDefinition
from kedge.interfaces.api import conditions
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.models import model
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routes.kept import GONE, NAME, Name, delete, kept, put, reads
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from pydantic import BaseModel as DefinitionBody
else:
    DefinitionBody = model(JobDefinition, "DefinitionBody", NAME)

router = routes("definitions")
reads(router, "definition", JobDefinition)


@router.put("/definitions/{name}", summary="Make a definition", responses=kept(JobDefinition))
def put_definition(name: Name, body: DefinitionBody, asked: Asked, condition: conditions.Asked) -> Response:
    """Make a definition; one that says the same is there already, and one that says something else is a conflict."""
    definitions = asked.workspace("operator").definitions

    def declare(wanted: JobDefinition, found: JobDefinition | None, _: object) -> JobDefinition:
        return found if found == wanted else definitions.create(wanted)

    return put(definitions, name, body, condition, declare)


@router.delete(
    "/definitions/{name}",
    summary="Delete a definition",
    status_code=204,
    responses={**GONE, **answers(404, 409, 412)},
)
def delete_definition(name: Name, asked: Asked, condition: conditions.Asked) -> Response:
    """Delete one that no schedule uses."""
    definitions = asked.workspace("operator").definitions
    return delete(definitions, name, condition, definitions.delete)
