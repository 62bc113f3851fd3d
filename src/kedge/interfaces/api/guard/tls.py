"""The certificate of a server and its key: looked at when it starts, and not when the first caller comes."""

from __future__ import annotations

import logging
import ssl
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from kedge.errors import SettingError

LOG = logging.getLogger(__name__)
EXPIRED: Final = {9: "is not valid yet", 10: "has expired"}  # as OpenSSL numbers them
SOON_SECONDS: Final = 14 * 86_400


def tls(cert: str | None, key: str | None) -> tuple[str, str] | None:
    """Return the files of a certificate and its key, if there are any and a server can start with them.

    Raises
    ------
    SettingError
        One is missing, cannot be read or used, they do not belong together, or the certificate has expired.
    """
    if not cert and not key:
        return None
    if not cert or not key:
        missing = "tls_key" if cert else "tls_cert"
        raise SettingError(
            "A certificate and its key come together.", field=missing, next_step="Name both files, or none."
        )
    for name, file in (("tls_cert", cert), ("tls_key", key)):
        _readable(file, name)
    context = _context(cert, key)
    _valid(context, cert)
    if Path(key).stat().st_mode & 0o077:
        LOG.warning("%s: others than its owner may read this key; chmod 600 would keep it", key)
    return cert, key


def _readable(file: str, field: str) -> None:
    try:
        Path(file).read_bytes()
    except OSError as error:
        raise SettingError(
            f"The file cannot be read ({error.strerror}).", file=file, field=field, next_step="Check the path."
        ) from None


def _context(cert: str, key: str) -> ssl.SSLContext:
    try:
        _named(cert)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key, password=_no_password)
    except _Encrypted:
        raise SettingError(
            "The key is encrypted.", file=key, field="tls_key", next_step="Give one without a password, mode 0600."
        ) from None
    except ssl.SSLError as error:
        unfit = "KEY_VALUES_MISMATCH" in str(error.reason)
        message = "The key is of another certificate." if unfit else "This is not a certificate and its key in PEM."
        raise SettingError(
            message, file=key if unfit else cert, next_step="Name the two that belong together."
        ) from None
    return context


def _named(cert: str) -> None:
    if "-----BEGIN CERTIFICATE-----" not in Path(cert).read_text("latin-1"):
        raise SettingError(
            "There is no certificate in it.", file=cert, field="tls_cert", next_step="Name a file in PEM."
        )


class _Encrypted(Exception):
    """A password is asked for."""


def _no_password() -> str:
    raise _Encrypted


def _valid(server: ssl.SSLContext, cert: str) -> None:
    """Refuse a certificate that callers would: have one talk to it in memory, that trusts this one alone."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(cert)
    to, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(back, to), server.wrap_bio(to, back, server_side=True)]
    try:
        for _ in range(4):
            for end in ends:
                _step(end)
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in EXPIRED:
            raise SettingError(
                f"The certificate {EXPIRED[error.verify_code]}.",
                file=cert,
                field="tls_cert",
                next_step="Name one that is valid now.",
            ) from None
        return  # what else a caller demands, depends on the caller
    left = ssl.cert_time_to_seconds(str((ends[0].getpeercert() or {})["notAfter"])) - time.time()
    if left < SOON_SECONDS:
        LOG.warning("%s: the certificate expires in %d days", cert, left // 86_400)


def _step(end: ssl.SSLObject) -> None:
    with suppress(ssl.SSLWantReadError):
        end.do_handshake()
