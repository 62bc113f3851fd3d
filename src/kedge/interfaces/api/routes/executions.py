"""``/v1/executions``: what ran, how it went, and what it left."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Path, Query
from starlette.responses import Response

from kedge.domain.catalog import Execution
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import Document, Names, listed, resource
from kedge.interfaces.api.models import Text, model
from kedge.interfaces.api.pages import Asked as Page
from kedge.interfaces.api.pages import pages
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routes.kept import Name, item, reads
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from kedge.domain.record import Record

router = routes("executions")
reads(router, "execution", Execution)

BYTES: Final = "application/octet-stream"
TYPES: Final = {
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".md": "text/markdown; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml",
}
# A page of a report holds texts of the data that was judged. What would slip in of them could do nothing here: it
# would run, if at all, as a site of its own, without cookies, and could send nothing to anybody.
APART: Final = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
    " img-src data:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
ONE_PAGE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": pages(model(Execution), "ExecutionPage"), "description": "A page."}
}


@router.get("/executions", summary="List executions", responses=ONE_PAGE)
def list_executions(
    asked: Asked,
    page: Page,
    source: Annotated[Text | None, Query(description="Of this endpoint or dataset.")] = None,
) -> Response:
    """List them, page by page; ``parent`` is the schedule. A page may be short where ``source`` is of few."""

    def wanted(record: Record) -> bool:
        document = record.document
        return source in (None, document.get("endpoint_name") or document.get("dataset_name"))

    return page.of(asked.workspace("viewer"), "execution", listed, wanted)


@router.post("/executions/{name}/stop", summary="Stop an execution", responses=item(Execution, 404, 409))
def stop_execution(name: Name, asked: Asked) -> Response:
    """Have an execution stop: at once where nobody has begun it, else within seconds."""
    return resource(asked.workspace("operator").executions.stop(name))


@router.get(
    "/executions/{name}/log",
    summary="Read the log of an execution",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **answers(404)},
)
def read_log(name: Name, asked: Asked) -> Response:
    """Read all that an execution printed."""
    lines = asked.workspace("viewer").log(name)
    return Response("".join(f"{line}\n" for line in lines).encode(errors="replace"), headers=_plain(TYPES[".txt"]))


@router.get(
    "/executions/{name}/report", summary="List the files of a report", responses={200: {"model": Names}, **answers(404)}
)
def list_report(name: Name, asked: Asked) -> Response:
    """List the names of the files that an execution left."""
    return Document({"items": asked.workspace("viewer").report(name)})


@router.get(
    "/executions/{name}/report/{file:path}",
    summary="Download a file of a report",
    response_class=Response,
    responses={
        200: {
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in [*TYPES.values(), BYTES]}
        },
        **answers(404),
    },
)
def read_report(
    name: Name, file: Annotated[Text, Path(description="Its name, as the list of them tells.")], asked: Asked
) -> Response:
    """Download one of these files; a page is shown apart from everything else here."""
    content = asked.workspace("viewer").report_file(name, file)
    return Response(content, headers=_headers(file))


def _headers(file: str) -> dict[str, str]:
    """Return what a browser may do with a file: look at a page apart from us, and keep what it would not show."""
    suffix = PurePosixPath(file).suffix
    kind = TYPES.get(suffix, BYTES)
    shown = "inline" if suffix in (".html", ".json", ".txt") else "attachment"
    saved = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_" for sign in file)
    return {**_plain(kind), "Content-Disposition": f'{shown}; filename="{saved}"', "Content-Security-Policy": APART}


def _plain(kind: str) -> dict[str, str]:
    return {"Content-Type": kind, "X-Content-Type-Options": "nosniff"}
