"""What goes wrong with an upstream, in a status, a word and a sentence."""

from __future__ import annotations

import os
import socket
import ssl
from typing import Final

HUNG_UP: Final = "hung_up"


class Trouble(Exception):
    """The upstream did not answer, or not to the end.

    Parameters
    ----------
    status
        What the client is answered with: 502 or 504.
    reason
        The same in a word, to count it by.
    said
        The same in words that go on from the upstream's URL.
    """

    def __init__(self, status: int, reason: str, said: str) -> None:
        super().__init__(said)
        self.status, self.reason, self.said = status, reason, said

    @classmethod
    def of(cls, error: Exception, connect_seconds: float) -> Trouble:
        """Return what an error says that came while a connection was made."""
        if isinstance(error, TimeoutError):
            return cls(504, "connect_timeout", f"accepted no connection within {connect_seconds:g} seconds")
        if isinstance(error, ssl.SSLCertVerificationError):
            return cls(502, "untrusted", f"has no certificate that is trusted here ({error.verify_message})")
        if isinstance(error, ssl.SSLError):
            return cls(502, "not_tls", f"does not speak TLS as expected ({error.reason or error})")
        if isinstance(error, socket.gaierror):
            return cls(502, "unknown_host", "has a name that is not known")
        return cls(502, "refused", f"cannot be reached ({why(error)})")


def hung_up() -> Trouble:
    """Return that the connection closed; a new one each time, as an error gathers where it was raised."""
    return Trouble(502, HUNG_UP, "closed the connection before it had answered")


def not_http() -> Trouble:
    """Return that the answer is none."""
    return Trouble(502, "not_http", "answered with something that is not HTTP")


def why(error: Exception) -> str:
    """Return what an error of the system says, without the numbers in it."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if number and number > 0 else str(error)[:200]
