"""A process that calls only addresses that may be called, and reads no files but its own, whatever library does so.

Libraries look names up and follow redirects as they like. The interpreter tells of every connection before it is made,
with the very address: so what is refused there is refused after each resolution and each redirect, in every thread.
Programs are not started, as nothing tells of what they call, nor is the log of the machine written, which C does.
A URL may name a file as a template or a key: whoever wrote it may not read what the server may.
"""

from __future__ import annotations

import mimetypes
import os
import socket
import sys
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, NoReturn

from kedge.domain.addresses import forbidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kedge.domain.addresses import Address, Addresses

CONNECTIONS: Final = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
LOGS: Final = frozenset(("syslog.openlog", "syslog.syslog"))
# What libraries are made of, wherever they lie; of the folder that the server was started in no more than that.
CODE: Final = (".py", ".pyc", ".so", ".pem", ".mo", "/METADATA", "/entry_points.txt")
SYSTEM: Final = (
    *("/dev/null", "/dev/random", "/dev/urandom", "/etc/hosts", "/etc/localtime", "/etc/nsswitch.conf"),
    *("/etc/os-release", "/etc/pki", "/etc/resolv.conf", "/etc/services", "/etc/ssl", "/etc/timezone"),
    *("/usr/lib", "/usr/share"),
)
CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
PROGRAMS: Final = frozenset(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork"))
_HERE: Final = "The service is one of this machine, which messages are not sent to."


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
    _own: tuple[str, ...] = field(default_factory=lambda: _own(), init=False)
    _code: tuple[str, ...] = field(default_factory=lambda: _roots(sys.path), init=False)

    def stand(self) -> Guard:
        """Stand guard from now on; where all may be called only files are guarded."""
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
        if event == "open":
            self._open(given[0])
        elif self.addresses.every:
            return
        elif event in CONNECTIONS and given[1] is not None:  # of what is connected, the address was looked at before
            self._connect(given[1])
        elif event in PROGRAMS:
            self._refuse("Messages are sent by no program of their own: it might call anything.")
        elif event in LOGS:
            self._refuse(_HERE)

    def _open(self, path: Any) -> None:
        """Refuse a file that is none of a library's or the system's; a number is one that is open already."""
        if isinstance(path, str | bytes | os.PathLike):
            file = os.path.realpath(os.fsdecode(path))
            if not (_below(file, self._own) or (file.endswith(CODE) and _below(file, self._code))):
                self._refuse("The URL has a file read, which no message does. Leave that out.")

    def _connect(self, address: Any) -> None:
        if not isinstance(address, tuple):
            self._refuse(_HERE)
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


def _own() -> tuple[str, ...]:
    """Return where files are that any library may read: its own, and those of the system that are for everybody."""
    certificates = (os.environ[name] for name in CERTIFICATES if os.environ.get(name))
    return _roots((sys.prefix, sys.base_prefix, *SYSTEM, *map(str, mimetypes.knownfiles), *certificates))


def _roots(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple({os.path.realpath(path) for path in paths if path})


def _below(file: str, roots: tuple[str, ...]) -> bool:
    return any(file == root or file.startswith(f"{root.rstrip('/')}/") for root in roots)


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None
