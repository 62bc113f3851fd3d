"""``/v1/records``, ``/v1/profiles``: what is kept, as it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from kedge.domain.catalog import Kind
from kedge.domain.documents import to_document
from kedge.domain.record import Record
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.models import Body, Time
from kedge.interfaces.api.pages import Asked as Page
from kedge.interfaces.api.pages import pages
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from kedge.service.workspace import Workspace

router = routes("records")


class Kept(Body):
    """A record: a document with what it is found by, its version, and when it was made and changed."""

    kind: str
    name: str
    document: dict[str, object] = Field(default_factory=dict)
    parent: str = ""
    status: str = ""
    time: Time | None = None
    version: int
    created: Time | None = None
    modified: Time | None = None


class Profile(Body):
    """A profile that is kept: whose it is, of what time, and of how many rows."""

    monitor: str
    endpoint: str
    variant: str
    level: Literal["hour", "day", "month", "other"]
    start: Time
    end: Time
    rows: int


RECORDS: dict[int | str, dict[str, Any]] = {200: {"model": pages(Kept, "RecordPage"), "description": "A page."}}
PROFILES: dict[int | str, dict[str, Any]] = {200: {"model": pages(Profile, "ProfilePage"), "description": "A page."}}


@router.get("/records", summary="List records", responses=RECORDS)
def list_records(asked: Asked, page: Page, kind: Annotated[Kind, Query(description="Of which kind.")]) -> Response:
    """List what is kept of a kind, with its versions, and when it was made and changed."""
    return page.of(asked.workspace("viewer", f"{kind}s"), kind, _record)


@router.get("/profiles", summary="List profiles", responses=PROFILES)
def list_profiles(asked: Asked, page: Page) -> Response:
    """List the profiles that are kept; ``parent`` is their owner, ``monitor/endpoint/variant``."""
    workspace: Workspace = asked.workspace("viewer")
    return page.of(workspace, "profile", _profile, lambda record: record.status != "owner")


def _record(record: Record) -> dict[str, Any]:
    return to_document(record) | {"document": dict(record.document)}


def _profile(record: Record) -> dict[str, Any]:
    monitor, endpoint, variant = record.parent.split("/")
    start, end = record.document["window"]
    owner = {"monitor": monitor, "endpoint": endpoint, "variant": variant, "level": record.status}
    return {**owner, "start": start, "end": end, "rows": record.document["rows"]}
