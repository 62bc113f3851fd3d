"""``/v1/export``: the history as Parquet, a table a file."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from kedge.domain.history import Span
from kedge.domain.window import parse_time
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.models import Text, Time
from kedge.interfaces.api.problems import answers
from kedge.interfaces.api.routing import routes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO

    from starlette.types import Receive, Scope, Send

router = routes("export")

PARQUET: Final = "application/vnd.apache.parquet"
CHUNK: Final = 1 << 18
Table = Literal["executions", "statistics", "metrics", "violations"]
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {PARQUET: {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            "X-Kedge-Rows": {"schema": {"type": "integer"}, "description": "How many rows it has."},
            "X-Kedge-Unread": {"schema": {"type": "integer"}, "description": "How many reports could not be read."},
            "X-Kedge-Skipped": {"schema": {"type": "string"}, "description": "Why not the first of them: JSON."},
        },
        "description": "The file.",
    }
}


@router.get(
    "/export/{table}", summary="Export the history", response_class=Response, responses={**ANSWER, **answers(404)}
)
def export(
    asked: Asked,
    table: Table,
    endpoint: Annotated[Text | None, Query(description="Only of this endpoint or dataset.")] = None,
    schedule: Annotated[Text | None, Query(description="Only of this schedule.")] = None,
    start: Annotated[Time | None, Query(description="Only windows that begin then or later.")] = None,
    end: Annotated[Time | None, Query(description="Only windows that begin before.")] = None,
) -> Response:
    """Export a table of the history as Parquet: what ran, what was seen, and what was found."""
    since, until = (parse_time(text) if text else None for text in (start, end))
    workspace = asked.workspace("viewer")
    with TemporaryDirectory(prefix="kedge-") as folder:
        made = workspace.export(Path(folder), Span(endpoint, schedule, since, until), (table,))
        path = Path(folder, f"{table}.parquet")
        file, size = path.open("rb"), path.stat().st_size  # it is gone when it is closed, whoever goes away meanwhile
    headers = {
        "Content-Disposition": f'attachment; filename="{table}.parquet"',
        "Content-Length": str(size),
        "X-Kedge-Rows": str(made.rows[table]),
        "X-Kedge-Unread": str(made.unread),
        "X-Kedge-Skipped": json.dumps(made.skipped),
    }
    return Sent(file, headers)


class Sent(StreamingResponse):
    """A file that is sent piece by piece, and closed then, also where nobody waits for it any more."""

    def __init__(self, file: BinaryIO, headers: Mapping[str, str]) -> None:
        super().__init__(iter(partial(file.read, CHUNK), b""), media_type=PARQUET, headers=headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()
