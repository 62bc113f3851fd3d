"""Connections to a server, and who asks: the token is in them, and shown nowhere."""

from __future__ import annotations

import os
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from kedge.errors import SettingError
from kedge.settings import TOKEN, load
from kedge.version import __version__

if TYPE_CHECKING:
    from collections.abc import Generator


class Bearer(httpx.Auth):
    """Says who asks."""

    def __init__(self, token: str) -> None:
        self._said = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Put the token on a request."""
        request.headers["Authorization"] = self._said
        yield request


def connected(
    server: str, token: str | None, timeout_seconds: float, verify: bool | str | ssl.SSLContext
) -> httpx.Client:
    """Return connections to a server, none of which is open yet."""
    url, said = _url(server), _token(token)
    return httpx.Client(
        base_url=url,
        auth=Bearer(said) if said else None,
        headers={"User-Agent": f"kedge/{__version__}", "Accept": "application/json, */*"},
        timeout=timeout_seconds,
        verify=_certificates(url, verify),
        trust_env=not _here(url),  # nobody's proxy knows what is on this machine
    )


def _url(server: str) -> httpx.URL:
    try:
        url = httpx.URL(server)
    except (httpx.InvalidURL, TypeError):
        url = httpx.URL()
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise SettingError(
            "This is no URL of a server.", field="server", next_step="Write it like http://127.0.0.1:8750."
        )
    if url.userinfo:
        raise SettingError(
            "The URL of a server holds no password.", field="server", next_step=f"Give a token instead: {TOKEN}."
        )
    return url


def _token(given: str | None) -> str:
    """Return who asks: what is given, else what is set; nothing is nobody."""
    token = os.environ.get(TOKEN) if given is None else given
    if token is None and (file := load()[0].token_file):
        token = token_of(file)
    token = (token or "").strip()
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise SettingError("This is no token.", field="token", next_step="Give one as kedge token create printed it.")
    return token


def token_of(file: str) -> str:
    """Return the token that a file holds."""
    try:
        return Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise SettingError(
            f"The token cannot be read: {why}.", file=file, field="token_file", next_step="Check the file."
        ) from None


def _certificates(url: httpx.URL, verify: bool | str | ssl.SSLContext) -> bool | ssl.SSLContext:
    """Return how certificates are looked at; loading those of all authorities takes time that http needs not."""
    if url.scheme == "http":
        return False
    if not isinstance(verify, str):
        return verify
    try:
        return ssl.create_default_context(cafile=verify)
    except (OSError, ssl.SSLError):
        raise SettingError(
            "This is no file of certificates.", file=verify, field="verify", next_step="Name one in PEM."
        ) from None


def _here(url: httpx.URL) -> bool:
    try:
        return url.scheme == "http" and (url.host == "localhost" or ip_address(url.host).is_loopback)
    except ValueError:
        return False
