"""Serves the REST interface in a thread of its own."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from kedge.errors import SettingError
from kedge.interfaces.api.application import application
from kedge.interfaces.api.asking import Door
from kedge.interfaces.api.guard import guarded
from kedge.interfaces.api.guard.tls import tls
from kedge.interfaces.api.loopback import is_loopback
from kedge.interfaces.api.patient import Patient
from kedge.service.access.reach import bounded
from kedge.service.access.sessions import Sealed, signing_key

if TYPE_CHECKING:
    from kedge.app import Hub
    from kedge.domain.access import Caller
    from kedge.domain.secret import Secret
    from kedge.interfaces.api.oidc import Login

LOG = logging.getLogger(__name__)
BACKLOG: Final = 1024
SHORTEST: Final = 32  # characters of a token that nobody issued
ENDING_SECONDS: Final = 5  # that requests have to come to their end


@dataclass
class Serving:
    """A server of HTTP.

    Parameters
    ----------
    hub
        What it serves.
    listen
        Where: ``HOST:PORT``; port 0 takes a free one.
    anyone
        Who everybody is on this machine; elsewhere nobody is let in without a token.
    """

    hub: Hub
    listen: str
    anyone: Caller
    _stop: Event = field(default_factory=Event, init=False)

    def __post_init__(self) -> None:
        host, self._port = address(self.listen)
        # A server with a name for others is behind a proxy: whoever comes from there is not on this machine.
        self._open = is_loopback(host) and not self.hub.settings.public_url
        self._tls = tls(self.hub.settings.tls_cert, self.hub.settings.tls_key)
        settings = self.hub.settings if self._open else bounded(self.hub.settings)
        self.hub = replace(self.hub, settings=settings, remote=True)
        login = _login(self.hub)
        if not self._open and not login and not _has_login(self.hub):
            raise SettingError(
                f"{self.hub.settings.public_url or host} is not this machine alone, and nobody could log in.",
                field="listen",
                next_step="Make a token first, kedge token create NAME --role admin, or listen on 127.0.0.1.",
            )
        if not is_loopback(host) and not self._tls:
            LOG.warning("tokens can be read on their way: give --tls-cert and --tls-key, or have a proxy speak TLS")
        self._socket = _bound(host, self._port)
        door = Door(self.hub, self.anyone if self._open else None, login)
        app = guarded(application(door, self._stop), self.hub.settings, login=not self._open)
        self._server = uvicorn.Server(self._config(app))
        self._thread = Thread(target=self._server.run, args=([self._socket],), name="http", daemon=True)

    @property
    def url(self) -> str:
        """Where it is asked."""
        host, port = self._socket.getsockname()[:2]
        return f"http{'s' if self._tls else ''}://{f'[{host}]' if ':' in host else host}:{port}"

    def start(self) -> None:
        """Take requests from now on."""
        self._thread.start()
        LOG.info("listening: %s", self.url)

    def stop(self) -> None:
        """Take no more requests, and bring streams to their end; what is asked already is answered."""
        self._stop.set()
        self._server.should_exit = True

    def join(self) -> None:
        """Wait until the last one is answered."""
        self._thread.join()
        self._socket.close()

    def _config(self, app: Any) -> uvicorn.Config:
        cert, key = self._tls or (None, None)
        return uvicorn.Config(
            app,
            http=Patient,
            ssl_certfile=cert,
            ssl_keyfile=key,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # whoever asks could say anything there
            timeout_graceful_shutdown=ENDING_SECONDS,
        )


def address(listen: str) -> tuple[str, int]:
    """Return host and port.

    >>> address("127.0.0.1:8750"), address("[::1]:0")
    (('127.0.0.1', 8750), ('::1', 0))

    Raises
    ------
    SettingError
        It is none.
    """
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not host or not port.isdecimal() or int(port) > 65_535 or (":" in host and "[" not in listen):
        raise SettingError(
            f"{listen!r} is no place to listen.", field="listen", next_step="Write 127.0.0.1:8750, or none."
        )
    return host, int(port)


def _login(hub: Hub) -> Login | None:
    """Return how people log in, if that is set."""
    if not hub.settings.oidc_issuer:
        return None
    from kedge.interfaces.api.oidc import login  # its library is an extra

    return login(hub.settings, Sealed(signing_key(hub.records), hub.clock))


def _has_login(hub: Hub) -> bool:
    """Return whether there is a token that lets anybody in."""
    if own := hub.settings.admin_token:
        return _long_enough(own)
    now = hub.clock.now()
    return any(token.is_good(now) for token in hub.tokens("").list())


def _long_enough(token: Secret) -> bool:
    """Return True; a token that could be guessed is refused, as nothing slows down who guesses from everywhere."""
    if len(token.reveal()) < SHORTEST:
        raise SettingError(
            f"It has fewer than {SHORTEST} characters.", field="admin_token", next_step="Make one: openssl rand -hex 32"
        )
    return True


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket that is bound, so that nobody else takes its port."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(place)
            bound.listen(BACKLOG)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        raise SettingError(
            f"Nobody can listen at {host}:{port}: {error.strerror or error}.",
            field="listen",
            next_step="End what listens there, choose another port, or say none.",
        ) from None
    return bound
