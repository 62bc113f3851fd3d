"""``/metrics``: the latest of all that is published, and how the server is, for Prometheus.

It stands where Prometheus looks for it, and the description of the interface does not tell it: its form is not ours.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from kedge.domain.access import EVERY
from kedge.interfaces.api.asking import Asked
from kedge.service.metrics.prometheus import Exposition

router = APIRouter(include_in_schema=False)

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
SCOPE: Final = "metrics"


@router.get("/metrics")
def metrics(asked: Asked) -> Response:
    """Tell the latest points of the workspace that is named, or of all that the caller may see."""
    own, hub = asked.named or asked.caller.workspace, asked.hub
    exposition = Exposition()
    for name in [one.name for one in hub.workspaces("").list()] if own == EVERY else [own]:
        asked.check("viewer", name, SCOPE)
        exposition.add(name, hub.records.of(hub.workspaces("").get(name).name))
    return Response(exposition.text(), media_type=TEXT)
