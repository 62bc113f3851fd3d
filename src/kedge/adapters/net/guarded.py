"""A process that calls only addresses that may be called, whatever library calls them.

Libraries look names up and follow redirects as they like. The interpreter tells of every connection before it is made,
with the very address: so what is refused there is refused after each resolution and each redirect, in every thread.
Programs are not started, as nothing tells of what they call.
"""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, NoReturn

from kedge.domain.addresses import forbidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.domain.addresses import Address, Addresses

CONNECTIONS: Final = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
PROGRAMS: Final = frozenset(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork"))


@dataclass
class Guard:
    """Refuses what may not be called, in this process and for good once it stands.

    Parameters
    ----------
    addresses
        Which may be.
    resolve
        Returns the addresses of a name, as ``socket.getaddrinfo`` does.
    refused
        What was refused, in sentences: libraries tell it in words of their own.
    """

    addresses: Addresses
    resolve: Callable[..., list[Any]] = socket.getaddrinfo
    refused: list[str] = field(default_factory=list)
    _allowed: set[str] = field(default_factory=set)

    def stand(self) -> Guard:
        """Stand guard from now on; where all may be called there is nothing to guard."""
        if not self.addresses.every:
            socket.getaddrinfo = self.resolved
            sys.addaudithook(self.heard)
        return self

    def resolved(self, host: Any, *given: Any, **named: Any) -> list[Any]:
        """Return the addresses of a name. One that may not be called is enough to refuse all."""
        found = self.resolve(host, *given, **named)
        text = (host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)).lower().rstrip(".")
        if text in self.addresses.hosts:
            self._allowed |= {str(address[0]) for *_, address in found}
        for *_, address in found:
            self._check(text, str(address[0]))
        return found

    def heard(self, event: str, given: tuple[Any, ...]) -> None:
        """Take what the interpreter tells of, and refuse what is not to be."""
        if event in CONNECTIONS and given[1] is not None:  # of what is connected, the address was looked at before
            self._connect(given[1])
        elif event in PROGRAMS:
            self._refuse("Messages are sent by no program of their own: it might call anything.")

    def _connect(self, address: Any) -> None:
        if not isinstance(address, tuple):
            self._refuse("The service is one of this machine, which messages are not sent to.")
        self._check(str(address[0]), str(address[0]))

    def _check(self, host: str, address: str) -> None:
        if address in self._allowed:
            return
        found = _address(address)
        why = self.addresses.refused(found) if found else "a name that nobody looked up"
        if why:
            told = forbidden(host, why, "url")
            self._refuse(f"{told.message} {told.next_step}")

    def _refuse(self, why: str) -> NoReturn:
        self.refused.append(why)
        raise PermissionError(why)


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
