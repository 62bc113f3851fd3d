"""``/v1/endpoints``, ``/v1/datasets``: what is monitored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from kedge.domain.catalog import Endpoint, PlainFiles
from kedge.interfaces.api import conditions
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.models import model
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routes.kept import GONE, NAME, Name, delete, kept, put, reads
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from pydantic import BaseModel as DatasetBody
    from pydantic import BaseModel as EndpointBody
else:
    EndpointBody, DatasetBody = model(Endpoint, "EndpointBody", NAME), model(PlainFiles, "DatasetBody", NAME)

router = routes()
reads(router, "endpoint", Endpoint)
reads(router, "dataset", PlainFiles)
DELETED = {**GONE, **answers(404, 409, 412)}


@router.put("/endpoints/{name}", tags=["endpoints"], summary="Declare an endpoint", responses=kept(Endpoint))
def put_endpoint(name: Name, body: EndpointBody, asked: Asked, condition: conditions.Asked) -> Response:
    """Declare a model that answers, in the place of that of the same name."""
    endpoints = asked.workspace("operator").endpoints
    return put(endpoints, name, body, condition, lambda wanted, _, expected: endpoints.declare(wanted, expected))


@router.delete(
    "/endpoints/{name}", tags=["endpoints"], summary="Delete an endpoint", status_code=204, responses=DELETED
)
def delete_endpoint(name: Name, asked: Asked, condition: conditions.Asked) -> Response:
    """Delete one that no schedule looks at; what was captured and reported stays."""
    endpoints = asked.workspace("operator").endpoints
    return delete(endpoints, name, condition, endpoints.delete)


@router.put("/datasets/{name}", tags=["datasets"], summary="Declare a dataset", responses=kept(PlainFiles))
def put_dataset(name: Name, body: DatasetBody, asked: Asked, condition: conditions.Asked) -> Response:
    """Declare a folder or table of plain files, in the place of that of the same name."""
    datasets = asked.workspace("operator").datasets
    return put(datasets, name, body, condition, lambda wanted, _, expected: datasets.declare(wanted, expected))


@router.delete("/datasets/{name}", tags=["datasets"], summary="Delete a dataset", status_code=204, responses=DELETED)
def delete_dataset(name: Name, asked: Asked, condition: conditions.Asked) -> Response:
    """Delete one that no schedule looks at; its files stay."""
    datasets = asked.workspace("operator").datasets
    return delete(datasets, name, condition, datasets.delete)
