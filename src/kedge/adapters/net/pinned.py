"""Connections to the very address that was allowed: between the look and the call no name can change its mind."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from ipaddress import ip_address
from ssl import SSLContext, create_default_context
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from kedge.domain.addresses import Addresses, forbidden
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    Resolve = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Pinned:
    """Connects to hosts that may be called.

    Parameters
    ----------
    addresses
        Which may be.
    resolve
        Returns the addresses of a name, as ``socket.getaddrinfo`` does.
    """

    addresses: Addresses = field(default_factory=lambda: Addresses(every=True))
    resolve: Resolve = socket.getaddrinfo

    def connect(self, host: str, port: int, timeout_seconds: float, field: str = "url") -> socket.socket:
        """Return a connection to a host. One of its addresses that may not be called is enough to refuse all.

        They share the time in which it has to be made.

        Raises
        ------
        NotAllowed
            It may not be called.
        OSError
            It cannot be reached.
        """
        problem: OSError = OSError("It has no address.")
        found = self._found(host, port, field)
        for family, kind, protocol, address in found:
            made = socket.socket(family, kind, protocol)
            try:
                made.settimeout(timeout_seconds / len(found))
                made.connect(address)
                made.settimeout(timeout_seconds)
                with suppress(OSError):
                    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                made.close()
                problem = error
            else:
                return made
        raise problem

    def connection(self, url: str, timeout_seconds: float, context: SSLContext | None = None) -> HTTPConnection:
        """Return a connection for requests to a URL; it is opened by the first."""
        parts = urlsplit(url)
        host, secure = str(parts.hostname), parts.scheme == "https"
        if secure:
            context = context or create_default_context()
            return _Secure(host, parts.port, timeout=timeout_seconds, context=context).by(self)
        return _Plain(host, parts.port, timeout=timeout_seconds).by(self)

    def redirected(self, url: str, location: str, field: str = "url") -> str:
        """Return where a redirect leads, if that may be called, too; never from TLS to none."""
        target = urljoin(url, location)
        if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
            raise InputError("The server leads to a place without TLS.", field=field, next_step="Look at the server.")
        self.addresses.check(target, field)
        return target

    def _found(self, host: str, port: int, field: str) -> list[tuple[int, int, int, Any]]:
        found = self.resolve(host, port, type=socket.SOCK_STREAM)
        if not self.addresses.every and host.lower().rstrip(".") not in self.addresses.hosts:
            for *_, address in found:
                why = self.addresses.refused(ip_address(str(address[0]).partition("%")[0]))
                if why:
                    raise forbidden(host, why, field)
        return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]


ANYWHERE: Final = Pinned()


class _Plain(HTTPConnection):
    """A connection without TLS."""

    pinned: Pinned

    def by(self, pinned: Pinned) -> _Plain:
        self.pinned = pinned
        return self

    def connect(self) -> None:
        """Connect to the address that was looked at."""
        self.sock = self.pinned.connect(self.host, self.port, float(self.timeout or 0))


class _Secure(HTTPSConnection):
    """A connection with TLS, whose certificate is of the name."""

    pinned: Pinned
    _context: SSLContext

    def by(self, pinned: Pinned) -> _Secure:
        self.pinned = pinned
        return self

    def connect(self) -> None:
        """Connect to the address that was looked at."""
        plain = self.pinned.connect(self.host, self.port, float(self.timeout or 0))
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)
