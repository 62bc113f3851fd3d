"""``/v1/events``: executions and violations as they come."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from kedge.errors import KedgeError
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import rendered
from kedge.interfaces.api.models import Text
from kedge.service.events import PAUSE_SECONDS, Events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kedge.domain.event import Event
    from kedge.interfaces.api.asking import Asking

router = APIRouter(tags=["events"])

STREAM: Final = "text/event-stream"
QUIET_SECONDS: Final = 15.0  # after which a word says that the stream lives, and who listens is asked for again
TICK_SECONDS: Final = 0.2  # between two looks whether the server ends


@router.get(
    "/events",
    summary="Follow what happens",
    response_class=Response,
    responses={200: {"description": "Events as they come.", "content": {STREAM: {"schema": {"type": "string"}}}}},
)
async def events(
    asked: Asked,
    last_event_id: Annotated[Text | None, Header(description="The id of the last event that is known.")] = None,
    after: Annotated[Text | None, Query(description="The same.")] = None,
) -> Response:
    """Follow executions and violations as server-sent events, from now on or after one that is known.

    Who goes on after an event may be told a few of the seconds before it again, with the same ids, and misses none.
    """
    found = await run_in_threadpool(_events, asked, last_event_id or after)
    return StreamingResponse(_stream(asked, found), media_type=STREAM, headers={"Cache-Control": "no-store"})


def _events(asked: Asking, after: str | None) -> Events:
    workspace = asked.workspace("viewer")
    return Events(workspace.catalog.records, workspace.store, after)


async def _stream(asked: Asking, events: Events) -> AsyncIterator[bytes]:
    """Yield events until the server ends, or who listens may no longer."""
    stop, said = asked.request.app.state.stop, monotonic()
    yield b": events\n\n"
    while not stop.is_set():
        found = await run_in_threadpool(events.poll)
        if found:
            yield b"".join(map(_written, found))
            said = monotonic()
        elif monotonic() - said > QUIET_SECONDS:
            if not await run_in_threadpool(_may, asked):
                return
            yield b":\n\n"
            said = monotonic()
        until = monotonic() + PAUSE_SECONDS
        while monotonic() < until and not stop.is_set():
            await asyncio.sleep(TICK_SECONDS)


def _may(asked: Asking) -> bool:
    """Return whether who listens is still let in."""
    try:
        return asked.door.caller(asked.request).may("viewer", asked.name, "events")
    except KedgeError:
        return False


def _written(event: Event) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (event.id.encode(), event.kind.encode(), rendered(event.document))
