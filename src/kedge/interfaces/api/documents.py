"""Documents as answers: JSON as the command line prints it, each with the tag of what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from kedge.domain.documents import to_document
from kedge.domain.paging import tag
from kedge.domain.window import format_time
from kedge.interfaces.api.models import Body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.catalog import Resource
    from kedge.domain.record import Record

MOVED: Final = ("next_time",)  # by the scheduler, which is no change that somebody made


class Document(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return it as bytes."""
        return rendered(content)


def rendered(content: Any) -> bytes:
    """Return JSON; never one that holds NaN or infinity."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def tag_of(resource: Resource) -> str:
    """Return the entity tag of a resource."""
    return _tag(to_document(resource))


def resource(found: Resource, status: int = 200, headers: Mapping[str, str] | None = None) -> Document:
    """Return a resource as an answer."""
    document = to_document(found)
    return Document(document, status, {"ETag": _tag(document), **(headers or {})})


def _tag(document: Mapping[str, Any]) -> str:
    return tag({name: value for name, value in document.items() if name not in MOVED})


def listed(record: Record) -> dict[str, Any]:
    """Return the resource of a record, as it stands in a list: its document, and what moves beside it."""
    due = {"next_time": format_time(record.time)} if record.kind == "schedule" and record.time else {}
    return {**record.document, **due}


class Count(Body):
    """How many there were."""

    records: int


class Names(Body):
    """Names of files."""

    items: list[str]
