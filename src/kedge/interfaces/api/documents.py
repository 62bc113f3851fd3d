"""Documents as answers: JSON as the command line prints it, each with the tag of what it says."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from kedge.domain.catalog import from_record, to_record
from kedge.domain.documents import to_document
from kedge.interfaces.api.models import Body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.catalog import Resource
    from kedge.domain.record import Record

TAG_LENGTH: Final = 32


class Document(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return it as bytes."""
        return rendered(content)


def rendered(content: Any) -> bytes:
    """Return JSON; never one that holds NaN or infinity."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def tag(document: Mapping[str, Any]) -> str:
    """Return the entity tag of what a document says; what a scheduler moves stands beside it.

    >>> tag({"a": 1, "b": 2}) == tag({"b": 2, "a": 1})
    True
    """
    said = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    return f'"{sha256(said).hexdigest()[:TAG_LENGTH]}"'


def tag_of(resource: Resource) -> str:
    """Return the entity tag of a resource."""
    return tag(to_record(resource).document)


def resource(found: Resource, status: int = 200, headers: Mapping[str, str] | None = None) -> Document:
    """Return a resource as an answer."""
    return Document(to_document(found), status, {"ETag": tag_of(found), **(headers or {})})


def listed(record: Record, cls: type[Any]) -> dict[str, Any]:
    """Return the resource of a record, as it stands in a list."""
    return to_document(from_record(cls, record))


class Count(Body):
    """How many there were."""

    records: int


class Names(Body):
    """Names of files."""

    items: list[str]
