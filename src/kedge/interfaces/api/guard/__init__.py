"""What stands before the application, each by itself and plain ASGI: who is too many, too large, or asks another name.

Outside are the headers, so that refusals have them, too; then come names, rates and bodies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.interfaces.api.guard.bodies import Bodies
from kedge.interfaces.api.guard.headers import Headers
from kedge.interfaces.api.guard.hosts import Hosts, host_of
from kedge.interfaces.api.guard.proxied import Direct
from kedge.interfaces.api.guard.rates import Rates, rate_of
from kedge.settings import size_bytes

if TYPE_CHECKING:
    from kedge.interfaces.api.guard.plain import Application
    from kedge.settings import Settings

RATE = "100/s"  # of a caller, where callers are told apart


def guarded(app: Application, settings: Settings, *, login: bool) -> Application:
    """Return an application behind its guards; where nobody logs in, there is no rate unless one is set."""
    inner: Application = Bodies(app, size_bytes(settings.most_body))
    rate = settings.rate or (RATE if login else "0")
    if rate != "0":
        inner = Rates(inner, *rate_of(rate))
    names = [name.strip() for name in (settings.hosts or "").split(",")]
    if not login:
        inner = Direct(inner)
    names.append(host_of(settings.public_url.partition("://")[2].partition("/")[0]) if settings.public_url else "")
    return Headers(Hosts(inner, frozenset(name.lower() for name in names if name)))
