"""``/v1/query``: statistics of any interval, from profiles."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import Field
from starlette.responses import Response

from kedge.domain.documents import to_document
from kedge.domain.question import Question
from kedge.domain.window import parse_time
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document
from kedge.interfaces.api.models import Body, Text, Time
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routing import routes

router = routes("query")


class Span(Body):
    """From when up to when, not with it."""

    start: Time
    end: Time


class Answer(Body):
    """What is remembered of an interval, and the statistics of every feature, by name."""

    window: Span
    rows: int
    merged: dict[str, int] = Field(default_factory=dict)
    gaps: dict[str, list[Span]] = Field(default_factory=dict)
    features: dict[str, dict[str, Any]] = Field(default_factory=dict)


async def _question(
    monitor: Annotated[Text, Query(description="Of which monitor.")] = "data-quality",
    endpoint: Annotated[Text | None, Query(description="May be left out where there is only one.")] = None,
    variant: Annotated[Text | None, Query(description="Else of all.")] = None,
    start: Annotated[Time | None, Query(description="A whole hour; else the first that is kept.")] = None,
    end: Annotated[Time | None, Query(description="The end, no part of it; else that of all that is kept.")] = None,
    feature: Annotated[list[Text] | None, Query(description="Some of them; else all.")] = None,
) -> Question:
    since, until = (parse_time(text) if text else None for text in (start, end))
    return Question(monitor, endpoint, variant, since, until, tuple(feature or ()))


Asks = Annotated[Question, Depends(_question)]


@router.get("/query", summary="Query statistics", responses={200: {"model": Answer}, **answers(404)})
def query(
    asked: Asked, question: Asks, statistic: Annotated[list[Text] | None, Query(description="Which.")] = None
) -> Response:
    """Tell statistics of an interval by merging stored profiles; no row is read."""
    answer = asked.workspace("viewer").query(question, statistic or ())
    told = {**to_document(answer), "features": {name: dict(found) for name, found in answer.features.items()}}
    told["gaps"] = {variant: [to_document(gap) for gap in gaps] for variant, gaps in answer.gaps.items()}
    return Document({"rows": answer.rows, **told})


@router.get(
    "/query/profile",
    summary="Download a merged profile",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}, **answers(404)},
)
def merged_profile(asked: Asked, question: Asks) -> Response:
    """Download the profile of an interval, as a file that can be held against a baseline."""
    content = asked.workspace("viewer").profile(question)
    return Response(
        content,
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="profile.json"', "X-Content-Type-Options": "nosniff"},
    )
