"""``/v1/baselines``: what normal looks like, by name and version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from kedge.domain.catalog import Baseline
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.conditions import Seen
from kedge.interfaces.api.documents import resource
from kedge.interfaces.api.models import Body, made, model
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routes.kept import Name, item, reads, shown
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from pydantic import BaseModel as BaselineBody
else:
    BaselineBody = model(Baseline, "BaselineBody", ("version",))

router = routes("baselines")
reads(router, "baseline", Baseline)


class Back(Body):
    """To which version; none is that before the current one."""

    version: int | None = None


@router.get(
    "/baselines/{name}",
    summary="Get a baseline",
    responses=item(Baseline, 404) | {304: {"description": "It is what is known already."}},
)
def get_baseline(name: Name, asked: Asked, seen: Seen) -> Response:
    """Get the current version of a name, or with ``name:3`` that version."""
    return shown(asked.workspace("viewer").baselines.resolve(name), seen)


@router.post(
    "/baselines",
    summary="Add a baseline",
    status_code=201,
    responses=item(Baseline, 400, 409, status=201),
)
def add_baseline(body: BaselineBody, asked: Asked) -> Response:
    """Add a version of a name, which is current from now on; of status and version in the body nothing is asked."""
    done = asked.workspace("operator").baselines.add(made(Baseline, body, version=0))
    return resource(done, 201, {"Location": f"/v1/baselines/{done.reference}"})


@router.post(
    "/baselines/{name}/rollback", summary="Roll back a baseline", responses=item(Baseline, 404, 409) | answers(400)
)
def roll_back_baseline(name: Name, asked: Asked, body: Back | None = None) -> Response:
    """Make an earlier version current."""
    return resource(asked.workspace("operator").baselines.roll_back(name, body.version if body else None))
