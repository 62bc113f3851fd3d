"""A body as the text that a record keeps (data-capture.md, 1.2)."""

from __future__ import annotations

import zlib
from base64 import b64encode
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from kedge.capture.config import Settings

ANY_HEADER, BARE = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS  # gzip or zlib; and deflate as some servers understand it
PACKED = {"gzip": (ANY_HEADER,), "x-gzip": (ANY_HEADER,), "deflate": (ANY_HEADER, BARE)}
PLAIN = ("", "identity")
ENDS = {"{": "}", "[": "]", '"': '"'}
made = tuple.__new__  # of a named tuple, in a third of the time that its own constructor takes


class TooLong(Exception):
    """A body is longer than what may be captured."""


class Content(NamedTuple):
    """A body as text, what kind of text it is, and what was odd about it (words of ``counts.REASONS``)."""

    data: str
    encoding: str
    remarks: tuple[str, ...] = ()


def content(body: bytes, type: str, coding: str, settings: Settings) -> Content:
    """Return a body as text: as it is where its type is one of those of ``settings``, else in base64.

    What cannot be unpacked, or is not in the charset that its type tells, is kept in base64, too.

    Raises
    ------
    TooLong
        It is longer than ``settings.max_body_bytes``, packed or unpacked.
    """
    most = settings.max_body_bytes
    plain = body if not coding or coding in PLAIN else unpacked(body, coding, most)
    if plain is None:
        return Content(b64encode(body).decode(), "BASE64", ("undecodable",))
    if len(plain) > most:
        raise TooLong
    name, charset = media(type)
    encoding = settings.encodings.get(name)
    if encoding is None:
        return Content(b64encode(plain).decode(), "BASE64")
    try:
        data = plain.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return Content(b64encode(plain).decode(), "BASE64", ("not_text",))
    lies = encoding == "JSON" and not _like_json(data)
    return made(Content, (data, encoding, ("not_json",) if lies else ()))


def unpacked(body: bytes, coding: str, most: int) -> bytes | None:
    """Return a body without its content coding, or None where it cannot be unpacked.

    Raises
    ------
    TooLong
        There is more than ``most`` bytes in it; no more than that is unpacked.
    """
    for kind in PACKED.get(coding.strip().lower(), ()):
        try:
            return _inflated(body, kind, most)
        except zlib.error:
            continue
    return None


def _inflated(body: bytes, kind: int, most: int) -> bytes:
    parts, left = [], most
    while body:  # gzip may be several in a row
        stream = zlib.decompressobj(kind)
        parts.append(stream.decompress(body, left + 1))
        left -= len(parts[-1])
        if left < 0:
            raise TooLong
        if not stream.eof:
            raise zlib.error("it breaks off")
        body = stream.unused_data
    return b"".join(parts)


@lru_cache(256)
def media(type: str) -> tuple[str, str]:
    """Return a content type in lower case without its parameters, and its charset.

    >>> media("text/CSV; charset=latin-1"), media("application/json")
    (('text/csv', 'latin-1'), ('application/json', 'utf-8'))
    """
    name, parameters, _ = type.partition(";")
    charset = "utf-8"
    if parameters:
        message = Message()
        message["content-type"] = type
        charset = str(message.get_param("charset", charset))
    return name.strip().lower(), charset


def _like_json(data: str) -> bool:
    """Return whether a text starts and ends as JSON does; to be sure would cost more than to capture it."""
    if data and ENDS.get(data[0]) == data[-1]:
        return True
    bare = data.strip()
    return bool(bare) and (ENDS[bare[0]] == bare[-1] if bare[0] in ENDS else bare[0] in "-0123456789tfn")
