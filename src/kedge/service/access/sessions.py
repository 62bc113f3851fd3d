"""Sessions: who logged in, in a cookie that the server signed; any server of the same database knows it again."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final

from kedge.domain.record import Record
from kedge.domain.secret import Secret
from kedge.errors import Conflict

if TYPE_CHECKING:
    from kedge.ports import Clock, Records

KIND: Final = "secret"
NAME: Final = "sessions"
LONGEST: Final = 3_500  # characters, which a browser keeps


@dataclass(frozen=True)
class Sealed:
    """Signs what a browser keeps for us, and knows it again.

    Parameters
    ----------
    key
        What signs; whoever has it can be anybody.
    clock
        Tells what has expired.
    """

    key: Secret
    clock: Clock

    def seal(self, use: str, values: dict[str, Any], seconds: float) -> str:
        """Return values as a text that is good for one use, for so long."""
        held = {**values, "until": self.clock.now().timestamp() + seconds}
        text = _coded(json.dumps(held, separators=(",", ":")).encode())
        return f"{text}.{self._signature(use, text)}"

    def open(self, use: str, text: str) -> dict[str, Any] | None:
        """Return the values, or None where we did not write them, for another use, or too long ago."""
        held, _, signature = text.partition(".")
        if len(text) > LONGEST or not hmac.compare_digest(self._signature(use, held).encode(), signature.encode()):
            return None
        values: dict[str, Any] = json.loads(urlsafe_b64decode(held + "=" * (-len(held) % 4)))
        return values if values["until"] > self.clock.now().timestamp() else None

    def _signature(self, use: str, text: str) -> str:
        key = self.key.reveal().encode()
        return _coded(hmac.new(key, f"{use}\0{text}".encode(), hashlib.sha256).digest())


def signing_key(records: Records) -> Secret:
    """Return what the servers of a database sign with; the first one that needs it makes it.

    It is told to nobody: the change has no author, so none is remembered. To delete the record logs everybody out.
    """
    known = records.get(KIND, NAME)
    if known is None:
        try:
            known = records.put(Record(KIND, NAME, {"key": token_urlsafe(32)}), "")
        except Conflict:  # another server was faster
            known = records.get(KIND, NAME)
    assert known is not None
    return Secret(known.document["key"])


def _coded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
