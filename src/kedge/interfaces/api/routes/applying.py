"""``/v1/apply``: a file of monitors becomes what is declared."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Header, Query
from pydantic import Field
from starlette.responses import Response

from kedge.domain.documents import to_document
from kedge.domain.paging import tag
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.bodies import YAML, Yaml, takes
from kedge.interfaces.api.conditions import Conditions, tags
from kedge.interfaces.api.documents import Document
from kedge.interfaces.api.models import Body, Text
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routing import routes

router = routes("apply")


class Difference(Body):
    """What would be changed, or was: ``+`` is new, ``~`` changed, ``-`` deleted; of a field what it said and says."""

    sign: Literal["+", "~", "-"]
    kind: str
    name: str
    fields: list[list[Any]] = Field(default_factory=list)


class Applied(Body):
    """Whether it was done, and what."""

    applied: bool
    changes: list[Difference]


@router.post(
    "/apply",
    summary="Apply a file of monitors",
    openapi_extra=takes(YAML),
    responses={200: {"model": Applied}, **answers(404, 409, 412, 415)},
)
def apply(
    asked: Asked,
    text: Yaml,
    dry_run: Annotated[bool, Query(description="Tell the difference, and change nothing.")] = False,
    prune: Annotated[bool, Query(description="Delete what it does not name, but for baselines.")] = False,
    file: Annotated[Text, Query(description="What errors call it.", max_length=1024)] = "monitors.yaml",
    if_match: Annotated[str | None, Header(description="The tag of a dry run: do just that.")] = None,
) -> Response:
    """Bring the workspace to what a file declares, all or nothing."""
    workspace, condition = asked.workspace("operator"), Conditions(tags(if_match))
    if dry_run or if_match:
        planned = workspace.plan(text, file, prune=prune)
        found = _document(planned, applied=False)
        condition.check(tag({"changes": found["changes"]}))
        if dry_run:
            return Document(found, headers={"ETag": tag({"changes": found["changes"]})})
        with condition.kept():
            workspace.apply(text, file, prune=prune, expected=planned)
        return Document({**found, "applied": True})
    return Document(_document(workspace.apply(text, file, prune=prune), applied=True))


def _document(changes: tuple[Any, ...], *, applied: bool) -> dict[str, Any]:
    return {"applied": applied, "changes": [to_document(change) for change in changes]}
