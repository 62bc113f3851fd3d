"""``/v1/events``: executions and violations as they come."""

from __future__ import annotations

import asyncio
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from kedge.errors import KedgeError, NotAllowed
from kedge.interfaces.api.asking import Asked
from kedge.interfaces.api.documents import rendered
from kedge.interfaces.api.models import Text
from kedge.interfaces.api.problems import RETRY, answer
from kedge.interfaces.api.routing import routes
from kedge.service.events import PAUSE_SECONDS, Events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from kedge.domain.event import Event
    from kedge.interfaces.api.asking import Asking

router = routes("events")

STREAM: Final = "text/event-stream"
QUIET_SECONDS: Final = 15.0  # after which a word says that the stream lives, and who listens is looked at again
TICK_SECONDS: Final = 0.2  # between two looks whether the server ends
MOST: Final = 10  # streams of one caller at once: each looks into the database every second


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
    return _Stream(_stream(asked, found), asked, streams=asked.request.app.state.streams)


class _Stream(StreamingResponse):
    """A stream that is counted while it lasts."""

    def __init__(self, content: AsyncIterator[bytes], asked: Asking, streams: Counter[str]) -> None:
        super().__init__(content, media_type=STREAM, headers={"Cache-Control": "no-store"})
        self.caller, self.streams = asked.caller.name, streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, or refuse one more."""
        if self.streams[self.caller] >= MOST:
            told = NotAllowed(f"You follow {MOST} streams of events already.", next_step="End one of them.")
            await answer(told, 429, RETRY)(scope, receive, send)
            return
        self.streams[self.caller] += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.streams[self.caller] -= 1
            self.streams += Counter()  # nothing is kept of who has gone


def _events(asked: Asking, after: str | None) -> Events:
    workspace = asked.workspace("viewer")
    return Events(workspace.catalog.records, workspace.store, after)


async def _stream(asked: Asking, events: Events) -> AsyncIterator[bytes]:
    """Yield events until the server ends, or who listens may no longer."""
    stop, looked = asked.request.app.state.stop, monotonic()
    yield b": events\n\n"
    while not stop.is_set():
        found = await run_in_threadpool(events.poll)
        if monotonic() - looked > QUIET_SECONDS:
            if not await run_in_threadpool(_may, asked):
                return
            yield b":\n\n"
            looked = monotonic()
        if found:
            yield b"".join(map(_written, found))
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
