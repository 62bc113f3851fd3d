"""What is the same for every resource: it is listed, got and told of; it is put and deleted under conditions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from fastapi import Path
from starlette.responses import Response

from kedge.domain.documents import to_document
from kedge.domain.paging import tag
from kedge.errors import SettingError
from kedge.interfaces.api import conditions
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document, listed, resource, tag_of
from kedge.interfaces.api.models import Body, Text, Time, made, model
from kedge.interfaces.api.pages import Asked as Page
from kedge.interfaces.api.pages import pages
from kedge.interfaces.api.problems import Unmet, answers
from kedge.service.catalog.kept import there_is, unlike

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi import APIRouter
    from pydantic import BaseModel

    from kedge.domain import record
    from kedge.domain.catalog import Kind
    from kedge.interfaces.api.conditions import Conditions
    from kedge.service.catalog.kept import Kept

Found = TypeVar("Found", bound=Any)
Name = Annotated[Text, Path(description="Its name.")]
NAME: Final = ("name",)  # what a path says a body need not
ARTICLES: Final = {"endpoint": "an endpoint", "execution": "an execution", "action": "an action"}
TAGGED: Final = {"ETag": {"schema": {"type": "string"}, "description": "What it says, as If-Match takes it."}}
GONE: Final[dict[int | str, dict[str, Any]]] = {204: {"description": "It is deleted."}}


class Change(Body):
    """Who changed something, when, and from what to what; null is before it was there, or after."""

    time: Time
    by: str
    before: dict[str, object] | None
    after: dict[str, object] | None


class Changes(Body):
    """Who changed something, the first change first."""

    items: list[Change]


def a(kind: str) -> str:
    """Return a kind as it stands in a sentence."""
    return ARTICLES.get(kind, f"a {kind}")


def item(cls: type[Any], *statuses: int, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return how the answer with one resource is described."""
    return {status: {"model": model(cls), "headers": TAGGED, "description": "It."}, **answers(*statuses)}


def described(body: type[BaseModel], told: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Return how an answer that went well is described."""
    return {status: {"model": body, "description": told}}


def kept(cls: type[Any]) -> dict[int | str, dict[str, Any]]:
    """Return how the answers to a PUT are described."""
    return {**item(cls, 400, 404, 409, 412), 201: item(cls, status=201)[201] | {"description": "It is new."}}


CHANGES: Final = described(Changes, "The changes.") | answers(404)


def reads(router: APIRouter, kind: Kind, cls: type[Any]) -> None:
    """Add the routes by which a kind is read."""
    plural = f"{kind}s"
    tags: Any = [plural]

    def listing(asked: Asked, page: Page) -> Response:
        """List them, page by page, by the filters that are given."""
        return page.of(asked.workspace("viewer"), kind, listed)

    def get(name: Name, asked: Asked, seen: conditions.Seen) -> Response:
        """Get one, with its tag."""
        return shown(asked.workspace("viewer").catalog.of(kind).get(name), seen)

    def history(name: Name, asked: Asked) -> Response:
        """Tell who changed it, when, and from what to what; also of one that is deleted."""
        return told(asked.workspace("viewer").history(kind, name))

    page: dict[int | str, dict[str, Any]] = {
        200: {"model": pages(model(cls), f"{cls.__name__}Page"), "description": "A page."}
    }
    found = item(cls, 404) | {304: {"description": "It is what is known already."}}
    add = partial(router.add_api_route, methods=["GET"], tags=tags)
    if kind != "execution":  # those are found by more
        add(f"/{plural}", listing, summary=f"List {plural}", responses=page, name=f"list_{plural}")
    if kind != "baseline":  # of those the current version counts
        add(f"/{plural}/{{name}}", get, summary=f"Get {a(kind)}", responses=found, name=f"get_{kind}")
    summary = f"Who changed {a(kind)}"
    add(f"/{plural}/{{name}}/history", history, summary=summary, responses=CHANGES, name=f"history_of_{kind}")


def told(changes: Sequence[record.Change]) -> Response:
    """Return who changed something, and from what to what."""
    items = [to_document(change) | {"before": change.before, "after": change.after} for change in changes]
    return Document({"items": [{key: one[key] for key in ("time", "by", "before", "after")} for one in items]})


def shown(found: Any, seen: Conditions) -> Response:
    """Return one resource, or that it is what is known already."""
    answer = resource(found)
    tag = answer.headers["ETag"]
    return Response(status_code=304, headers={"ETag": tag}) if seen.same(tag) else answer


def put(
    resources: Kept[Found],
    name: str,
    body: BaseModel,
    asked: Conditions,
    declare: Callable[[Found, Found | None, Found | None], Found],
) -> Response:
    """Have a body take the place of what has its name; ``declare`` gets it, what is there, and what must be."""
    said = getattr(body, "name", None)
    if said not in (None, name):
        raise SettingError(f"The path says {name!r}, and the body {said!r}.", field="name", next_step="Leave one out.")
    found = resources.find(name)
    _check(resources, name, found, asked)
    wanted = made(resources.cls, body, name=name)
    make: Callable[[Found], Found] | None = getattr(resources, "create", None) if asked.new else None
    with asked.kept():  # also where somebody was faster since we looked
        done = make(wanted) if make else declare(wanted, found, found if asked.match else None)
    return resource(done, 200 if found else 201)


def delete(resources: Kept[Found], name: str, asked: Conditions, remove: Callable[[str], None]) -> Response:
    """Delete what has a name, under the conditions."""
    _check(resources, name, resources.get(name), asked)
    remove(name)
    return Response(status_code=204)


def _check(resources: Kept[Found], name: str, found: Found | None, asked: Conditions) -> None:
    """Refuse a change under a condition that does not hold, and tell who changed what, as one is told here."""
    try:
        asked.check(tag_of(found) if found else None)
    except Unmet:
        is_new = asked.none_match and found is not None
        told = there_is(resources, name) if is_new else unlike(resources, name, lambda seen: tag(seen) in asked.match)
        if told is None:
            raise
        raise Unmet(told.message, field=told.field, next_step=told.next_step) from None
