"""Actions that are a URL, which gets the event as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kedge.adapters.net.pinned import Pinned
from kedge.adapters.net.posting import Posting
from kedge.adapters.notifiers.references import revealing
from kedge.adapters.notifiers.topic import event

if TYPE_CHECKING:
    from kedge.adapters.notifiers.references import Resolve
    from kedge.domain.action import Action
    from kedge.domain.addresses import Addresses
    from kedge.domain.notification import Notification, Outcome


def notifier(action: Action, resolve: Resolve, addresses: Addresses) -> Http:
    """Return what posts to the URL of an action."""
    return Http(action, resolve, Posting(Pinned(addresses), seconds=action.timeout_seconds))


@dataclass(frozen=True)
class Http:
    """Posts events to a URL; ``resolve`` returns what ``env:NAME`` or ``file:PATH`` stands for."""

    action: Action
    resolve: Resolve
    posting: Posting

    def notify(self, notification: Notification) -> Outcome:
        """Post it once."""
        return revealing(partial(self._posted, notification), self.resolve, self.action.http)

    def _posted(self, notification: Notification, url: str) -> Outcome:
        content = json.dumps(event(self.action, notification)).encode()
        return self.posting.outcome(
            url, content, {"Content-Type": "application/json", "Idempotency-Key": notification.name}
        )
