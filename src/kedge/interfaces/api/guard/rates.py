"""How often one may ask: a bucket of requests for each caller, and a smaller one for those that nobody knows.

Callers are told apart by what they show, a token or a session, of which a hash is kept; who shows nothing, by address.
Whoever shows what is not good is counted by address as well: to try tokens is not faster with ever new ones. Those who
were let in before are not held up by that, as many may come from one address, such as a proxy's.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Any, Final

from kedge.interfaces.api.guard.plain import Application, Message, Receive, Send, header, refuse

SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}
MOST_CALLERS: Final = 10_000  # that are remembered; who has not asked for longest is forgotten
UNKNOWN: Final = (20.0, 0.2)  # attempts at once, and more of them a second, of an address that nobody lets in
COOKIE: Final = "kedge_session="


def rate_of(text: str) -> tuple[float, float]:
    """Return how many requests at once, and how many more a second.

    >>> rate_of("50/s"), rate_of("600/m")
    ((50.0, 50.0), (600.0, 10.0))
    """
    count, _, unit = text.partition("/")
    return float(count), float(count) / SECONDS[unit]


@dataclass
class Buckets:
    """Buckets that fill again, each of its own caller; a full one is as good as none.

    Parameters
    ----------
    size, per_second
        What a bucket holds, and what flows in.
    most
        How many there are at most.
    """

    size: float
    per_second: float
    most: int = MOST_CALLERS
    _held: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, init=False)

    def wait(self, key: str, now: float) -> float:
        """Return how many seconds it takes until a request may be taken; 0 is now."""
        return max(0.0, (1.0 - self._level(key, now)) / self.per_second)

    def take(self, key: str, now: float) -> None:
        """Take a request out of a bucket."""
        self._held[key] = (self._level(key, now) - 1.0, now)
        self._held.move_to_end(key)
        if len(self._held) > self.most:
            self._held.popitem(last=False)

    def __len__(self) -> int:
        return len(self._held)

    def _level(self, key: str, now: float) -> float:
        level, then = self._held.get(key, (self.size, now))
        return min(self.size, level + (now - then) * self.per_second)


class Rates:
    """Refuses who asks too often.

    Parameters
    ----------
    size, per_second
        How many requests at once, and how many more a second.
    clock
        Seconds that only grow.
    """

    def __init__(
        self, app: Application, size: float, per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app, self.clock = app, clock
        self.callers, self.unknown = Buckets(size, per_second), Buckets(*UNKNOWN)
        self.known: OrderedDict[str, None] = OrderedDict()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        address, now = _address(scope), self.clock()
        caller = _caller(scope) or address
        shows = caller != address and caller not in self.known
        waits = max(self.callers.wait(caller, now), self.unknown.wait(address, now) if shows else 0.0)
        if waits:
            seconds = str(math.ceil(waits))
            await refuse(send, 429, "These are too many requests.", "Wait a little.", {"retry-after": seconds})
            return
        self.callers.take(caller, now)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and caller != address:
                self._learn(caller, address, now, let_in=message["status"] != 401)
            await send(message)

        await self.app(scope, receive, sent)

    def _learn(self, caller: str, address: str, now: float, *, let_in: bool) -> None:
        if not let_in:
            self.known.pop(caller, None)
            self.unknown.take(address, now)
            return
        self.known[caller] = None
        self.known.move_to_end(caller)
        if len(self.known) > MOST_CALLERS:
            self.known.popitem(last=False)


def _caller(scope: MutableMapping[str, Any]) -> str:
    """Return by what a caller is told apart: never the secret itself."""
    shown = " ".join(header(scope, b"authorization").partition(" ")[2].split())  # one token may be written in many ways
    cookie = next((part.strip() for part in header(scope, b"cookie").split(";") if COOKIE in part), "")
    return hashlib.sha256((shown or cookie).encode()).hexdigest() if shown or cookie else ""


def _address(scope: MutableMapping[str, Any]) -> str:
    """Return an address; of the sixth version the network of it, as everybody has a whole one."""
    host = str((scope.get("client") or ("", 0))[0])
    try:
        found = ip_address(host)
    except ValueError:
        return host
    if isinstance(found, IPv6Address) and not found.ipv4_mapped:
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(getattr(found, "ipv4_mapped", None) or found)
