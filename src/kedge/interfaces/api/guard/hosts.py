"""By which names the server is asked: a page whose own name leads here is another's, and so is a link it has made."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kedge.interfaces.api.guard.plain import Application, Receive, Send, header, refuse


@dataclass(frozen=True)
class Hosts:
    """Refuses requests for other names; no name allows every one.

    Parameters
    ----------
    names
        In small letters; ``*.example.com`` stands for every name that ends so.
    """

    app: Application
    names: frozenset[str] = frozenset()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "http" and self.names and not self._known(host_of(header(scope, b"host"))):
            step = "Ask it by its own name, or have the operator add this one: hosts."
            await refuse(send, 421, "The server does not go by this name.", step)
            return
        await self.app(scope, receive, send)

    def _known(self, host: str) -> bool:
        return host in self.names or any(n.startswith("*.") and host.endswith(n[1:]) for n in self.names)


def host_of(text: str) -> str:
    """Return the host of a ``Host`` header, without its port.

    >>> [host_of(text) for text in ("Kedge.example.com:8750", "[::1]:8750", "a@b", "")]
    ['kedge.example.com', '::1', '', '']
    """
    try:
        return "" if set(text) & set("@/?#\\ ") else (urlsplit(f"//{text}").hostname or "")
    except ValueError:
        return ""
