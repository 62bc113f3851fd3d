"""The server behind a proxy: where it is, how long one waits for it, and whom one trusts."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from kedge.endpoint.trouble import why
from kedge.errors import SettingError

HEALTH_SECONDS = 2.0
HTTPS = "Leave it out, or name the upstream with https://."
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Upstream:
    """A server to pass requests on to.

    Parameters
    ----------
    url
        ``http://host:port`` or ``https://host:port``; a path is put before that of every request.
    connect_seconds
        How long it may take to accept a connection.
    answer_seconds
        How long it may be silent, before the answer and within it.
    ca
        A file of certificates to trust instead of the machine's.
    insecure
        Whether any certificate will do.

    Raises
    ------
    SettingError
        If one of them cannot be used.
    """

    url: str
    connect_seconds: float = 5.0
    answer_seconds: float = 60.0
    ca: str | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        self._check_url()
        for name in ("connect_seconds", "answer_seconds"):
            if not getattr(self, name) > 0:
                raise SettingError(f"Expected seconds above 0, found {getattr(self, name)}.", field=name)
        if self.ca and self.insecure:
            raise SettingError(
                "It says whom to trust, and insecure_upstream that anybody is trusted.",
                field="upstream_ca",
                next_step="Leave out one of them.",
            )
        if self.ca and self.url.startswith("http:"):
            raise SettingError("An upstream at http:// shows no certificate.", field="upstream_ca", next_step=HTTPS)
        self.trust()

    def _check_url(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        written = self.url.isascii() and self.url.isprintable() and " " not in self.url
        if not usable or not written or parts.query or parts.fragment or "@" in parts.netloc:
            raise SettingError(
                f"Expected http://host:port or https://host:port, found {self.url!r}.",
                field="upstream",
                next_step="Name the server to pass requests on to, such as http://127.0.0.1:8501.",
            )

    @cached_property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or PORTS[parts.scheme]

    @cached_property
    def host(self) -> bytes:
        """What a request names as its host."""
        return urlsplit(self.url).netloc.encode()

    @cached_property
    def path(self) -> bytes:
        """What is put before the path of every request."""
        return urlsplit(self.url).path.rstrip("/").encode()

    def trust(self) -> ssl.SSLContext | None:
        """Return whom to trust; None where there is no TLS."""
        if self.url.startswith("http:"):
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ValueError) as error:
            raise SettingError(
                f"Expected a file of certificates in PEM form, found none ({why(error)}).",
                field="upstream_ca",
                file=self.ca,
            ) from None
        if self.insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    async def reachable(self) -> str:
        """Return why the server accepts no connection; the empty string if it does."""
        try:
            async with asyncio.timeout(min(HEALTH_SECONDS, self.connect_seconds)):
                _, writer = await asyncio.open_connection(*self.address)
        except TimeoutError:
            return "it accepts no connection"
        except OSError as error:
            return why(error)
        writer.close()
        return ""
