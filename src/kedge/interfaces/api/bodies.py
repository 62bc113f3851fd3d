"""Bodies that are no JSON: YAML, and records a line."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain")
LINES: Final = ("application/x-ndjson", "application/jsonlines", "application/jsonl", "text/plain")


def _reader(kinds: tuple[str, ...]) -> Any:
    async def read(request: Request) -> bytes:
        kind = request.headers.get("content-type", kinds[0]).partition(";")[0].strip().lower()
        if kind not in kinds:
            raise HTTPException(415, f"A body of {kind[:80]} is not understood; it is one of {', '.join(kinds)}.")
        return await request.body()

    return read


def takes(kinds: tuple[str, ...]) -> dict[str, Any]:
    """Return how such a body is told in the description of the interface."""
    return {"requestBody": {"required": True, "content": {kind: {"schema": {"type": "string"}} for kind in kinds}}}


Yaml = Annotated[bytes, Depends(_reader(YAML))]
Lines = Annotated[bytes, Depends(_reader(LINES))]
