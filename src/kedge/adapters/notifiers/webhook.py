"""Messages as JSON to a URL, signed as Standard Webhooks has it.

The signature tells who sent a message and that nobody changed it; its time, that it is not an old one; its id, the same
whenever it is sent, whether it came before.
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from kedge.adapters.net.pinned import Pinned
from kedge.adapters.net.posting import Posting
from kedge.adapters.notifiers.references import revealing
from kedge.adapters.presentation.body import body
from kedge.domain.notification import Outcome
from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.adapters.notifiers.references import Resolve
    from kedge.domain.addresses import Addresses
    from kedge.domain.channel import Channel
    from kedge.domain.notification import Notification

PREFIX: Final = "whsec_"


def notifier(channel: Channel, resolve: Resolve, addresses: Addresses) -> Webhook:
    """Return what sends to the webhook of a channel."""
    return Webhook(channel, resolve, Posting(Pinned(addresses)))


@dataclass(frozen=True)
class Webhook:
    """Posts messages to a URL; ``resolve`` returns what ``env:NAME`` or ``file:PATH`` stands for."""

    channel: Channel
    resolve: Resolve
    posting: Posting
    now: Callable[[], float] = time.time

    def notify(self, notification: Notification) -> Outcome:
        """Send one message."""
        return revealing(partial(self._sent, notification), self.resolve, self.channel.webhook, self.channel.secret)

    def _sent(self, notification: Notification, url: str, secret: str | None) -> Outcome:
        content = json.dumps(body(notification), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        try:
            headers = signed(notification.name, int(self.now()), content, secret)
        except SettingError as error:
            return Outcome("retry", f"{error.message} {error.next_step}")
        return self.posting.outcome(url, content, {"Content-Type": "application/json", **headers})


def signed(name: str, seconds: int, content: bytes, secret: str | None) -> dict[str, str]:
    """Return the headers of a message: its id, when it is sent, and the signature of both and of its body.

    >>> signed("n1", 1700000000, b"{}", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")["webhook-signature"]
    'v1,u30b78dj2uAwZwK+Yo8MV4fBxWw2IoGPNF1vHsaAry4='
    """
    told = {"webhook-id": name, "webhook-timestamp": str(seconds)}
    if not secret:
        return told
    found = hmac.digest(_key(secret), f"{name}.{seconds}.".encode() + content, "sha256")
    return {**told, "webhook-signature": f"v1,{b64encode(found).decode()}"}


def _key(secret: str) -> bytes:
    """Return the bytes of a secret: those behind ``whsec_`` are written as base64, others are what they are."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return b64decode(secret.removeprefix(PREFIX), validate=True)
    except (NoBase64, ValueError):
        raise SettingError(
            f"The secret begins with {PREFIX}, and what follows is no base64.", next_step="Copy the whole of it."
        ) from None
