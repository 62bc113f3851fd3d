"""What front and model tell each other: a head of JSON and a body of bytes, each with its length before it."""

from __future__ import annotations

import json
import struct
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import StreamReader

    Message = tuple[dict[str, Any], bytes]

_LENGTHS = struct.Struct("!II")


def packed(head: dict[str, Any], body: bytes = b"") -> bytes:
    """Return a message as it goes over the wire."""
    told = json.dumps(head).encode()
    return _LENGTHS.pack(len(told), len(body)) + told + body


def read(stream: IO[bytes]) -> Message | None:
    """Return the next message; None where the other side has gone."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, body = _LENGTHS.unpack(lengths)
    return json.loads(stream.read(head)), stream.read(body)


async def received(stream: StreamReader) -> Message:
    """Return the next message.

    Raises
    ------
    asyncio.IncompleteReadError
        The other side has gone.
    """
    head, body = _LENGTHS.unpack(await stream.readexactly(_LENGTHS.size))
    return json.loads(await stream.readexactly(head)), await stream.readexactly(body)
