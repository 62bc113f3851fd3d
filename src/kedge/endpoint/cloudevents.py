"""A sink for inference loggers: an ASGI application that takes their CloudEvents and captures what belongs together."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from kedge.capture import Exchange
from kedge.domain import wire
from kedge.endpoint.asgi import ClientGone, answer, live, piece
from kedge.endpoint.events import RESPONSE, Event, events
from kedge.endpoint.names import Name
from kedge.endpoint.pairs import Fate, Pair, Pairs
from kedge.errors import InputError, KedgeError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kedge.capture import Capture
    from kedge.endpoint.asgi import Receive, Scope, Send

PATH = "/v1/capture/cloudevents"
PAIR_SECONDS = 60.0
LOOK_SECONDS = 1.0
MAX_BYTES = 32 << 20  # of one request: an exchange of the service's greatest bodies, in base64, in an envelope
MAX_ENDPOINTS = 100  # each has a thread and files of its own, and their names come with the events
LOG = logging.getLogger("kedge.endpoint.sink")
TOLD = {
    "events": "Events that came, good or bad.",
    "exchanges": "Requests with their answers that were handed to capture.",
    "unpaired": "Events whose other half did not come in time.",
    "repeated": "Events that came again.",
    "left_out": "Events of exchanges that are sampled out, or whose capture is switched off.",
    "other": "Events of other types, such as feedback.",
    "bad": "Events that were refused: malformed, too large, or of one endpoint too many.",
}


class CloudEvents:
    """Takes events of KServe's and Seldon's inference loggers, and captures requests with their answers.

    Parameters
    ----------
    capture
        Makes the recorder of an endpoint; asked once for each.
    endpoint, variant
        What endpoints and variants are called: a name, or attributes of the event in braces.
    pair_seconds
        How long a request waits for its answer, or an answer for its request.
    path
        Where events are posted to.

    Raises
    ------
    SettingError
        If a name asks for attributes that no event has.
    """

    def __init__(
        self,
        capture: Callable[[str], Capture],
        endpoint: str = "{inferenceservicename}",
        variant: str = "{endpoint}",
        pair_seconds: float = PAIR_SECONDS,
        path: str = PATH,
    ) -> None:
        self._capture, self._path = capture, path
        self._endpoint, self._variant = Name(endpoint, "endpoint"), Name(variant, "variant")
        self._pairs: Pairs[Event] = Pairs(pair_seconds)
        self._recorders: dict[str, Capture] = {}
        self._looking: asyncio.Task[None] | None = None
        self.counts: Counter[str] = Counter()
        if self._endpoint.fixed:
            self._recorders[endpoint] = capture(endpoint)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 202, or what is wrong with it."""
        if scope["type"] == "lifespan":
            await live(receive, send, self._open, self._stop)
        elif scope["type"] != "http":
            return
        elif scope["path"] != self._path:
            await answer(send, 404, f"kedge: events are posted to {self._path}.")
        elif scope["method"] != "POST":
            await answer(send, 405, f"kedge: events are posted to {self._path}; this was {scope['method']}.")
        else:
            with suppress(ClientGone):
                await self._post(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _whole(receive)
        if body is None:
            self.counts["bad"] += 1
            await answer(send, 413, f"kedge: expected at most {MAX_BYTES:,} bytes of events in one request.")
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        wrong = [error for event in events(headers, body) if (error := self._take(event))]
        if wrong:
            ours = any(isinstance(error, SettingError) for error in wrong)  # such as a journal that is gone
            await answer(
                send,
                503 if ours else 400,
                f"kedge: {wrong[0]}" + (f" So are {len(wrong) - 1} more." if wrong[1:] else ""),
            )
        else:
            await answer(send, 202, "")

    def _take(self, event: Event | InputError) -> KedgeError | None:
        """Take one event; return what is wrong with it."""
        self.counts["events"] += 1
        try:
            if isinstance(event, InputError):
                raise event
            self._sort(event)
        except KedgeError as error:
            self._refuse(error)
            return error
        return None

    def _sort(self, event: Event) -> None:
        half = event.half
        if half is None:
            self.counts["other"] += 1
            return
        recorder = self._recorder(event)
        outcome = self._pairs.add(event.key, half, event, event.size, lambda: recorder.wants(_inference_id(event)))
        if isinstance(outcome, Pair):
            self.counts["exchanges"] += 1
            recorder.record(self._exchange(outcome))
        elif outcome is not Fate.waits:
            self.counts[outcome.value] += 1
        if outcome is Fate.repeated:
            recorder.count("repeated")
        self.look()

    def _recorder(self, event: Event) -> Capture:
        name = self._endpoint.of(event)
        if not name:
            raise InputError(
                f"The event {event['id']!r} does not say which endpoint it is of: {self._endpoint.text} is empty.",
                next_step="Let the logger send it, or name the endpoint with --endpoint.",
            )
        if name not in self._recorders:
            if len(self._recorders) >= MAX_ENDPOINTS:
                raise InputError(f"The event is of {name}, and {MAX_ENDPOINTS} other endpoints are captured already.")
            self._recorders[name] = self._capture(name)
        return self._recorders[name]

    def _exchange(self, pair: Pair[Event]) -> Exchange:
        response, request = pair if pair.now.half == RESPONSE else reversed(pair)
        return Exchange(
            request=request.data,
            response=response.data,
            request_type=request["datacontenttype"],
            response_type=response["datacontenttype"],
            request_coding=request.coding,
            response_coding=response.coding,
            inference_id=_inference_id(request) or _inference_id(response),
            custom_attributes=request.header(wire.CUSTOM_ATTRIBUTES_HEADERS),
            variant=self._variant.of(response) or None,
            time=response.time or request.time,
        )

    def _refuse(self, error: KedgeError) -> None:
        if not self.counts["bad"]:
            LOG.warning("An event was refused, and counted: %s", error)
        self.counts["bad"] += 1
        if self._endpoint.fixed:
            self._recorders[self._endpoint.text].count("bad_event")

    def look(self, everything: bool = False) -> None:
        """Let go of events that have waited long enough."""
        for event in self._pairs.expired(everything):
            if not self.counts["unpaired"]:
                LOG.warning("The event %s of %s found no other half in time, and is counted.", event.id, event["type"])
            self.counts["unpaired"] += 1
            self._recorder(event).count("unpaired")

    def prometheus(self) -> str:
        """Return the counters of the sink and of all its recorders as Prometheus reads them."""
        own = [
            line
            for name, said in TOLD.items()
            for line in _counter(f"kedge_sink_{name}_total", said, self.counts[name])
        ]
        own += ["# TYPE kedge_sink_waiting gauge", f"kedge_sink_waiting {self._pairs.waiting}"]
        own += ["# TYPE kedge_sink_waiting_bytes gauge", f"kedge_sink_waiting_bytes {self._pairs.waiting_bytes}"]
        return "\n".join([*own, *_together(recorder.prometheus() for recorder in self._recorders.values())])

    def close(self, timeout: float) -> None:
        """Count what still waits, and close every recorder."""
        self.look(everything=True)
        for recorder in self._recorders.values():
            recorder.close(timeout)

    async def _open(self) -> None:
        self._looking = asyncio.create_task(self._keep_looking())

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    async def _stop(self) -> None:
        if self._looking:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking


async def _whole(receive: Receive) -> bytes | None:
    """Return the body of a request, or None where it is too long."""
    body, more = bytearray(), True
    while more:
        part, more = await piece(receive)
        body += part
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)


def _inference_id(event: Event) -> str | None:
    """Return the caller's own id, where the logger passes that header on; else the id of the exchange."""
    return event.header(wire.INFERENCE_ID_HEADERS) or event.id


def _counter(name: str, said: str, value: int) -> list[str]:
    return [f"# HELP {name} {said}", f"# TYPE {name} counter", f"{name} {value}"]


def _together(texts: Iterator[str]) -> list[str]:
    """Put the lines of one metric together: Prometheus wants its type told once."""
    metrics: dict[str, list[str]] = {}
    for text in texts:
        for line in text.splitlines():
            name = line.split()[2] if line.startswith("#") else line.partition("{")[0].partition(" ")[0]
            lines = metrics.setdefault(name, [])
            if not line.startswith("#") or line not in lines:
                lines.append(line)
    return [line for lines in metrics.values() for line in lines]
