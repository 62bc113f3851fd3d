"""``/v1/ground-truth``, ``/v1/captures``: labels and captures that are sent, and a look at the newest captures."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.bodies import LINES, Lines, takes
from kedge.interfaces.api.documents import Count, Document
from kedge.interfaces.api.models import Text
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routing import routes

router = routes("records that come")

Of = Annotated[Text, Query(description="Of which endpoint.")]
TAKEN: dict[int | str, dict[str, Any]] = {201: {"model": Count, "description": "Kept."}, **answers(404, 415)}
SHOWN = 1_000


@router.post("/ground-truth", summary="Send labels", status_code=201, openapi_extra=takes(LINES), responses=TAKEN)
def send_labels(asked: Asked, endpoint: Of, lines: Lines) -> Response:
    """Keep labels, a record a line: that of ground truth, or ``{"id": "…", "label": 1}``; all of them or none."""
    return Document({"records": asked.workspace("operator").upload_labels(endpoint, lines)}, 201)


@router.post("/captures", summary="Send captures", status_code=201, openapi_extra=takes(LINES), responses=TAKEN)
def send_captures(asked: Asked, endpoint: Of, lines: Lines) -> Response:
    """Keep capture records, one a line; all of them or none, and what is sent twice once."""
    return Document({"records": asked.workspace("operator").upload_captures(endpoint, lines)}, 201)


@router.get(
    "/captures",
    summary="Look at the newest captures",
    response_class=Response,
    responses={200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}}, **answers(404)},
)
def newest_captures(
    asked: Asked,
    endpoint: Of,
    variant: Annotated[Text | None, Query(description="Of one variant; else of all.")] = None,
    limit: Annotated[int, Query(ge=1, le=SHOWN, description="How many at most.")] = 10,
    places: Annotated[bool, Query(description="Each as the text `line`, with its `variant` and `file`.")] = False,
) -> Response:
    """Look at the newest capture records of an endpoint, the oldest of them first, one a line.

    Those that are sealed are left out; with ``places`` they have no ``line``.
    """
    found = asked.workspace("viewer").captures(endpoint, variant, limit)
    lines = [one.to_json() for one in found] if places else [one.line for one in found if one.line is not None]
    return Response(b"".join(line + b"\n" for line in lines), media_type="application/x-ndjson")
