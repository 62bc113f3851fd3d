"""Events as a server sends them: one connection that stays, and a new one where it breaks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import httpx

from kedge.adapters.client.calls import BROKEN, BUSY, TRIES, address, pause
from kedge.adapters.client.problems import no_kedge, refuse, silent
from kedge.domain.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kedge.adapters.client.calls import Calls

SILENT_SECONDS: Final = (
    60.0  # after which a connection is taken for broken: a server says every few seconds that it lives
)


def events(calls: Calls, after: str | None) -> Iterator[Event]:
    """Yield what a server sends, from now on or ``after`` an event; where it breaks off, go on after the last one.

    Raises
    ------
    KedgeError
        The server refuses, or has not answered several times in a row.
    """
    failed = 0
    while True:
        try:
            for event in _connection(calls, after):
                failed = 0
                if event is not None:
                    after = event.id
                    yield event
        except (*BROKEN, httpx.ReadTimeout) as error:
            failed += 1
            if failed == TRIES:
                raise silent(calls.http.base_url, error) from None
        calls.sleep(pause(max(failed, 1), None))


def _connection(calls: Calls, after: str | None) -> Iterator[Event | None]:
    """Yield what comes on one connection; first None, when it is open."""
    with calls.http.stream(
        "GET",
        address("events"),
        params=calls.asking(),
        headers={"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {}),
        timeout=httpx.Timeout(calls.http.timeout.connect, read=SILENT_SECONDS),
    ) as answer:
        if answer.status_code in BUSY:
            raise httpx.RemoteProtocolError(f"{answer.status_code} {answer.reason_phrase}")
        if not answer.is_success:
            answer.read()
            refuse(answer)
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
            raise no_kedge(answer)
        yield None
        yield from read(_lines(answer.iter_bytes()))


def read(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the events that lines hold; one that is cut off is none.

    >>> list(read(["id: 7", "event: execution", 'data: {"name":', 'data: "fraud"}', "", "id: 8"]))
    [Event(id='7', kind='execution', document={'name': 'fraud'})]

    Reference: HTML Living Standard, 9.2, Server-sent events.
    """
    told: dict[str, Any] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line and name in ("id", "event"):
            told[name] = value.removeprefix(" ")
        elif name == "data":
            told.setdefault("data", []).append(value.removeprefix(" "))
        elif not line:
            if "data" in told and "id" in told:
                yield Event(told["id"], told.get("event", "execution"), json.loads("\n".join(told["data"])))
            told = {}


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield whole lines; a text within may hold signs that Python would take for the end of one."""
    left = b""
    for chunk in chunks:
        *lines, left = (left + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r").decode("utf-8", "replace") for line in lines)
