"""What a proxy does to headers: what belongs to one hop stays there, and who asked is passed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kedge.endpoint.asgi import Scope

    Headers = Iterable[tuple[bytes, bytes]]

# RFC 9110, 7.6.1; Proxy-Authenticate and Proxy-Authorization are meant for this proxy, which asks for nothing.
HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-connection proxy-authenticate proxy-authorization te trailer transfer-encoding"
    b" upgrade".split()
)
# Host is the upstream's; the server here answers an Expect itself, as nginx does.
_REPLACED = HOP_BY_HOP | {b"host", b"expect", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"}


def end_to_end(headers: Headers, dropped: frozenset[bytes] = HOP_BY_HOP) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers that go on, in order, duplicates too, with names in lower case."""
    lowered = [(name.lower(), value) for name, value in headers]
    named = {token.strip().lower() for name, value in lowered if name == b"connection" for token in value.split(b",")}
    return ((name, value) for name, value in lowered if name not in dropped and name not in named)


def request_head(scope: Scope, host: bytes, base: bytes, length: int | None) -> tuple[bytes, bool]:
    """Return the head of the request to the upstream, and whether its body goes in chunks.

    Path and query stay as they were written, below ``base``. ``length`` is that of the body, None where it is not
    known yet.
    """
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    line = b"%b %b%b%b HTTP/1.1\r\n" % (scope["method"].encode(), base, scope["raw_path"], query)
    names = {name for name, _ in scope["headers"]}
    framed = b"content-length" in names and b"transfer-encoding" not in names
    parts = [line, b"host: ", host, b"\r\n"]
    for name, value in _passed_on(scope, _REPLACED if framed else _REPLACED | {b"content-length"}):
        parts += (name, b": ", value, b"\r\n")
    if length and not framed:
        parts.append(b"content-length: %d\r\n" % length)
    chunked = length is None and not framed
    parts.append(b"transfer-encoding: chunked\r\n\r\n" if chunked else b"\r\n")
    return b"".join(parts), chunked


def _passed_on(scope: Scope, replaced: frozenset[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers of a request to the upstream.

    The caller's address is added to ``X-Forwarded-For``. ``X-Forwarded-Proto`` and ``X-Forwarded-Host`` stay as the
    first proxy on the way set them.
    """
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    yield from end_to_end(headers, replaced)
    before = [value for name, value in headers if name == b"x-forwarded-for"]
    client = [scope["client"][0].encode()] if scope.get("client") else []
    yield b"x-forwarded-for", b", ".join(before + client) or b"unknown"
    yield b"x-forwarded-proto", _first(headers, b"x-forwarded-proto") or scope["scheme"].encode()
    if host := _first(headers, b"x-forwarded-host") or _first(headers, b"host"):
        yield b"x-forwarded-host", host


def _first(headers: Headers, wanted: bytes) -> bytes:
    return next((value for name, value in headers if name == wanted), b"")
