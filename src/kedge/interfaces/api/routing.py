"""What all routes share: where they stand, how they are named, and what any of them may answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastapi import APIRouter

from kedge.interfaces.api import problems

if TYPE_CHECKING:
    from fastapi.routing import APIRoute

PREFIX: Final = "/v1"
# What any route may answer: it is no HTTP, nobody knows who asks, they may not, there is no such workspace, it is too
# large, unusable, too often, a defect, or the database is away.
COMMON: Final = (400, 401, 403, 404, 413, 422, 429, 500, 503)


def routes(*tags: str) -> APIRouter:
    """Return what a family of routes is declared with.

    They are whole as they stand there: FastAPI would make each again for every application that includes them, which
    is most of the time that one takes to be made.
    """
    answers = problems.answers(*COMMON)
    return APIRouter(prefix=PREFIX, tags=list(tags), responses=answers, generate_unique_id_function=_id)


def _id(route: APIRoute) -> str:
    return route.name
