"""Addresses: which of them may be called for somebody else, and how they may be written.

A server stands where its callers do not: behind the firewall, beside the metadata service of its cloud, with ports of
its own that trust whoever is on the machine. Whoever may name a URL for it to call is not to reach any of these.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from kedge.errors import NotAllowed, SettingError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

EVERY: Final = "*"
# Where translators of networks without IPv4 stand: the last 32 bits are the address that is meant.
_TRANSLATED: Final = ip_network("64:ff9b::/96")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
_NAME: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_LOCAL: Final = ("localhost", "local", "internal", "localdomain", "home.arpa")  # what ends so is never public
NEXT_STEP: Final = "Take another one, or have the operator allow it: allowed_addresses."


@dataclass(frozen=True)
class Addresses:
    """Which addresses may be called: public ones, and what is allowed besides.

    Parameters
    ----------
    networks
        Private networks that may be called.
    hosts
        Names that may be called, whatever their addresses are.
    every
        Whether all may be called.

    >>> Addresses.of("10.1.0.0/16").refused(ip_address("10.2.0.1"))
    'private'
    """

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    every: bool = False

    @classmethod
    def of(cls, allowed: str | None) -> Addresses:
        """Return those that a setting allows besides the public ones: networks, addresses, names, or ``*``.

        Raises
        ------
        SettingError
            One of them is none.
        """
        entries = [entry.strip() for entry in (allowed or "").split(",") if entry.strip()]
        networks = tuple(found for entry in entries if (found := _network(entry)))
        hosts = frozenset(entry.lower().rstrip(".") for entry in entries if not _network(entry))
        for host in hosts - {EVERY}:
            if not _NAME.fullmatch(host) or _is_number(host):
                raise SettingError(
                    f"This is neither a network nor the name of a host: {host!r}.",
                    field="allowed_addresses",
                    next_step="Write 10.1.0.0/16, fd00::/8 or models.example.org, with commas between them.",
                )
        return cls(networks, hosts - {EVERY}, EVERY in hosts)

    def refused(self, address: Address) -> str | None:
        """Return why an address may not be called, or None where it may."""
        if self.every or any(address in network for network in self.networks):
            return None
        return next((why for inner in _meant(address) if (why := self._why(inner))), None)

    def check(self, url: str, field: str = "url") -> str:
        """Return the host of a URL, as far as can be told without asking for its address.

        Raises
        ------
        NotAllowed
            Its host may not be called.
        SettingError
            It is no URL of a server, or holds a password.
        """
        host = _host(url, field)
        if self.every or host in self.hosts:
            return host
        address = _address(host)
        why = self.refused(address) if address else _odd(host)
        if why:
            raise forbidden(host, why, field)
        return host

    def _why(self, address: Address) -> str | None:
        if any(address in network for network in self.networks):
            return None
        for why in ("is_loopback", "is_link_local", "is_multicast", "is_unspecified", "is_private", "is_reserved"):
            if getattr(address, why):
                return why.removeprefix("is_").replace("_", "-")
        local = isinstance(address, IPv6Address) and address.is_site_local  # which Python takes for public
        return None if address.is_global and not local else "not public"


def forbidden(host: str, why: str, field: str) -> NotAllowed:
    """Return the error that a host may not be called."""
    return NotAllowed(f"The host {host[:80]!r} may not be called: it is {why}.", field=field, next_step=NEXT_STEP)


def _meant(address: Address) -> tuple[Address, ...]:
    """Return an address and those of IPv4 that it stands for."""
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped or address in _TRANSLATED:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return (address, *(found for found in (address.sixtofour, *(address.teredo or ())) if found))


def _network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _host(url: str, field: str) -> str:
    """Return the host of a URL that everybody reads alike: what parsers differ in is refused."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _no_url(field) from None
    odd = any(ord(letter) <= 32 or ord(letter) == 127 or letter in '\\^`{|}<>"' for letter in url)
    if parts.scheme not in ("http", "https") or not host or port == 0 or odd or url != url.strip():
        raise _no_url(field)
    if "@" in parts.netloc:
        raise SettingError(
            "The URL holds a user or a password, which others would see.",
            field=field,
            next_step="Leave them out.",
        )
    return unicodedata.normalize("NFKC", host).lower().replace("。", ".").removesuffix(".")


def _no_url(field: str) -> SettingError:
    return SettingError("This is no URL of a server.", field=field, next_step="Give one: https://host:8080/path.")


def _address(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _odd(host: str) -> str | None:
    """Return why a name may not be called: some are never public, others are numbers in disguise."""
    if _is_number(host):
        return "an address that is not written as one"
    if not _NAME.fullmatch(host):
        return "not a name of a host"
    if any(host == name or host.endswith(f".{name}") for name in _LOCAL):
        return "a name of this machine or of its network"
    return None


def _is_number(host: str) -> bool:
    """Return whether a host is what the C library takes for an address: 127.1, 0x7f.1, 017700000001, 2130706433."""
    return bool(_NUMBER.fullmatch(host.rpartition(".")[2]))
