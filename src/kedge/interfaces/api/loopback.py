"""What guards a server without login: pages of other sites, open in a browser of this machine, reach nothing.

Whoever is on this machine may do everything, and so might a page that their browser shows. It can send requests here
(cross-site requests), and with a name of its own that leads to 127.0.0.1 it could read the answers, too (DNS
rebinding). The browser tells both: by ``Origin`` and ``Sec-Fetch-Site``, and by ``Host``.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from kedge.errors import NotAllowed
from kedge.interfaces.api.problems import answer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

SAFE: Final = ("GET", "HEAD", "OPTIONS")
OWN: Final = ("same-origin", "none")  # from a page of ours, or from no page at all


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine alone.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "0.0.0.0", "kedge.example.com")]
    [True, True, True, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@dataclass(frozen=True)
class SameSite:
    """Refuses what pages of other sites send; without login also every name but this machine's own."""

    app: ASGIApp
    open: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        error = self._refused(scope) if scope["type"] == "http" else None
        await (answer(error) if error else self.app)(scope, receive, send)

    def _refused(self, scope: Scope) -> NotAllowed | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get("host", "")
        if self.open and not is_loopback(_name(host)):
            return NotAllowed(
                f"This server is for this machine alone, and not for {host[:80]!r}.",
                next_step="Ask it as 127.0.0.1 or localhost.",
            )
        if scope["method"] in SAFE or "authorization" in headers:  # no browser adds a token by itself
            return None
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc.lower() != host.lower()
        if foreign or headers.get("sec-fetch-site", "none") not in OWN:
            return NotAllowed("A page of another site asks for this.", next_step="Ask from a program, with a token.")
        return None


def _name(host: str) -> str:
    """Return a host without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
