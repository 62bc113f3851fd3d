"""A capture record as a line, made without its parts in between: each request of the server pays for this."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import TYPE_CHECKING, NamedTuple

from kedge.capture.content import content, made
from kedge.domain import wire
from kedge.domain.capture_record import CaptureRecord, Payload

if TYPE_CHECKING:
    from kedge.capture.config import Settings
    from kedge.capture.content import Content
    from kedge.capture.exchange import Exchange
    from kedge.capture.talk import Talk

# What the service takes (data-capture.md, 1.5)
INFERENCE_ID = re.compile(r"[!-~][ -~]{0,63}")
CUSTOM_ATTRIBUTES = re.compile(r"[ -~]{1,1024}")
ENDS = {name: f',"encoding":"{name}"}}' for name in ("CSV", "JSON", "BASE64")}  # of a side, by its encoding
# A record, up to its sides, from there to its id, and from its time on
HEAD, MIDDLE = f'{{"{wire.CAPTURE_DATA}":{{', f'}},"{wire.EVENT_METADATA}":{{"eventId":"'
TAIL = f'"}},"{wire.EVENT_VERSION}":"0"}}'
EVENT_ID_BYTES = 16
KINDS = b"89ab" * 64  # the digit that says what kind of UUID it is, for any random byte


class Seen(NamedTuple):
    """An exchange as it will be kept: its sides as text, its ids where they are of use, and what was odd about it."""

    input: Content | None
    output: Content | None
    inference_id: str | None
    custom_attributes: str | None
    remarks: tuple[str, ...]


def seen(exchange: Exchange | Talk, settings: Settings) -> Seen:
    """Return what is to be kept of an exchange.

    Raises
    ------
    TooLong
        A body is longer than what may be captured.
    """
    input = output = None
    if "Input" in settings.sides:
        input = content(exchange.request, exchange.request_type, exchange.request_coding, settings)
    if "Output" in settings.sides:
        output = content(exchange.response, exchange.response_type, exchange.response_coding, settings)
    remarks = (input.remarks if input else ()) + (output.remarks if output else ())
    id, attributes = exchange.inference_id, exchange.custom_attributes
    if id is not None and not INFERENCE_ID.fullmatch(id):
        id, remarks = None, (*remarks, "bad_inference_id")
    if attributes is not None and not CUSTOM_ATTRIBUTES.fullmatch(attributes):
        attributes, remarks = None, (*remarks, "bad_custom_attributes")
    return made(Seen, (input, output, id, attributes, remarks))


def line(seen: Seen, exchange: Exchange | Talk, event_id: str) -> str:
    """Return the record as one line, without the newline: that of ``record(…)``, made faster."""
    parts = [HEAD]  # put together once, at the end: a body is copied as seldom as can be
    if input := seen.input:
        opening = _opening(wire.ENDPOINT_INPUT, exchange.request_type, "INPUT")
        parts += opening, _quoted(input.data), ENDS[input.encoding]
    if output := seen.output:
        opening = _opening(wire.ENDPOINT_OUTPUT, exchange.response_type, "OUTPUT")
        parts += "," if input else "", opening, _quoted(output.data), ENDS[output.encoding]
    parts += MIDDLE, event_id, '"'
    if seen.inference_id is not None:
        parts += ',"inferenceId":', _quoted(seen.inference_id)
    if seen.custom_attributes:
        parts += ',"customAttributes":[', _quoted(seen.custom_attributes), "]"
    parts += ',"inferenceTime":"', moment(int(exchange.time))[0], TAIL
    return "".join(parts)


def record(seen: Seen, exchange: Exchange | Talk, event_id: str) -> CaptureRecord:
    """Return the record as others see it."""
    return CaptureRecord(
        event_id=event_id,
        inference_time=moment(int(exchange.time))[0],
        input=_payload(seen.input, exchange.request_type),
        output=_payload(seen.output, exchange.response_type),
        inference_id=seen.inference_id,
        custom_attributes=(seen.custom_attributes,) if seen.custom_attributes else (),
    )


def event_ids(count: int) -> list[str]:
    """Return random UUIDs of version 4, made together: one by one they cost as much as the rest of a line."""
    d, kinds = os.urandom(EVENT_ID_BYTES * count).hex(), os.urandom(count).translate(KINDS).decode()
    at = range(0, 32 * count, 32)
    return [
        f"{d[i : i + 8]}-{d[i + 8 : i + 12]}-4{d[i + 13 : i + 16]}-{kind}{d[i + 17 : i + 20]}-{d[i + 20 : i + 32]}"
        for i, kind in zip(at, kinds, strict=True)
    ]


@lru_cache(8)
def moment(second: int) -> tuple[str, str]:
    """Return a Unix time as the service writes it, and as the folder of its hour.

    >>> moment(1714557483)
    ('2024-05-01T09:58:03Z', '2024/05/01/09')
    """
    time = datetime.fromtimestamp(second, UTC)
    return f"{time:%Y-%m-%dT%H:%M:%SZ}", f"{time:%Y/%m/%d/%H}"


@lru_cache(256)
def _opening(name: str, type: str, mode: str) -> str:
    """Return a side up to its data: servers have few content types."""
    return f'"{name}":{{"observedContentType":{_quoted(type)},"mode":"{mode}","data":'


def _payload(content: Content | None, type: str) -> Payload | None:
    return Payload(content.data, content.encoding, type) if content else None
