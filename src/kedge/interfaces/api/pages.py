"""Pages of a list: filters by the fields of a query, and a cursor that goes on where a page ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Protocol

from fastapi import Depends
from fastapi import Query as Parameter
from pydantic import BaseModel, Field, create_model

from kedge.domain.catalog import Kind
from kedge.domain.paging import after, cursor
from kedge.domain.record import Order, Query, Record
from kedge.domain.window import parse_time
from kedge.interfaces.api.documents import Document
from kedge.interfaces.api.models import STRICT, Text, Time

LIMIT: Final = 100
MOST: Final = 1_000
SCANNED: Final = 10_000  # records that are looked at for one page, where most are not wanted


class Kept(Protocol):
    """What has records: a workspace, or what tells more of them."""

    def records(self, query: Query) -> list[Record]:
        """Return records as they are kept."""
        ...


@dataclass(frozen=True)
class Page:
    """What is asked for of a list, but for the kind."""

    asked: Query
    cursor: str | None

    def of(
        self,
        workspace: Kept,
        kind: str,
        read: Callable[[Record], dict[str, Any]],
        wanted: Callable[[Record], bool] | None = None,
    ) -> Document:
        """Return the page, each record as ``read`` tells it; a page may be short where few are wanted."""
        query = replace(self.asked, kind=kind)
        query = replace(query, after=after(self.cursor, query) if self.cursor else None)
        limit, last, looked_at, more = query.limit or LIMIT, query.after, 0, True
        found: list[Record] = []
        while more and len(found) <= limit and looked_at < SCANNED:
            page = workspace.records(replace(query, after=last, limit=limit + 1))
            more, looked_at = len(page) > limit, looked_at + len(page)
            found += [record for record in page if wanted is None or wanted(record)]
            last = page[-1] if page else last
        if len(found) > limit:
            found, more = found[:limit], True
            last = found[-1]
        following = cursor(last, self.asked) if more and last else None
        return Document({"items": [read(record) for record in found], "next": following})


async def _page(
    parent: Annotated[Text | None, Parameter(description="What they belong to.")] = None,
    status: Annotated[list[Text] | None, Parameter(description="Of any of these.")] = None,
    newest_of: Annotated[Kind | None, Parameter(description="Only the newest of each of this kind.")] = None,
    names: Annotated[list[Text] | None, Parameter(description="Of any of these names.")] = None,
    name_contains: Annotated[Text, Parameter(description="A part of the name.")] = "",
    since: Annotated[Time | None, Parameter(description="From when on their time is.")] = None,
    until: Annotated[Time | None, Parameter(description="Up to when, not with it.")] = None,
    created_since: Annotated[Time | None, Parameter(description="The same of when they were made.")] = None,
    created_until: Annotated[Time | None, Parameter()] = None,
    modified_since: Annotated[Time | None, Parameter(description="The same of when they were changed last.")] = None,
    modified_until: Annotated[Time | None, Parameter()] = None,
    order: Annotated[Order, Parameter(description="What they are ordered by.")] = "name",
    descending: Annotated[bool, Parameter(description="The last one first.")] = False,
    limit: Annotated[int, Parameter(ge=1, le=MOST, description="How many at most.")] = LIMIT,
    cursor: Annotated[Text | None, Parameter(description="`next` of the page before.", max_length=2000)] = None,
) -> Page:
    times = {
        "since": since,
        "until": until,
        "created_since": created_since,
        "created_until": created_until,
        "modified_since": modified_since,
        "modified_until": modified_until,
    }
    told: dict[str, Any] = {name: parse_time(text) if text else None for name, text in times.items()}
    told |= {"parent": parent, "status": tuple(status or ()), "newest_of": newest_of}
    told |= {"names": tuple(names or ()), "name_contains": name_contains}
    return Page(Query("", **told, order=order, descending=descending, limit=limit), cursor)


Asked = Annotated[Page, Depends(_page)]


def pages(item: Any, name: str) -> type[BaseModel]:
    """Return the model of a page of such items."""
    following = Field(default=None, description="The cursor of the next page; null where this is the last.")
    told: dict[str, Any] = {"items": (list[item], ...), "next": (str | None, following)}
    made: type[BaseModel] = create_model(name, __config__=STRICT, **told)
    return made
