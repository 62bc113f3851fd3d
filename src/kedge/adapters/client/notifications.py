"""The messages of a server, as :mod:`kedge.service.messages.notifications` has them here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kedge.adapters.client.calls import document, listed
from kedge.domain.documents import from_document
from kedge.domain.notification import Delivery, Notification
from kedge.domain.record import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.adapters.client.calls import Calls

MOST: Final = 1_000  # that are sent again at once


@dataclass(frozen=True)
class Notifications:
    """The log of messages, the newest first."""

    calls: Calls

    def list(
        self,
        alarm: str | None = None,
        status: str | None = None,
        to: str | None = None,
        limit: int = 100,
    ) -> Sequence[Notification]:
        """Return messages, the newest first.

        Parameters
        ----------
        alarm
            Only those that tell of this alarm, or would have.
        status, to
            Only those that stand like this, and that go to this channel or action.
        limit
            How many at most.

        Raises
        ------
        SettingError
            There is no such status.
        """
        words = (status,) if status else ()
        asked = Query(Notification.kind, parent=to, status=words, order="created", descending=True, limit=limit)
        return [from_document(Notification, item) for item in self.calls.found("notifications", asked, alarm=alarm)]

    def get(self, name: str) -> Notification:
        """Return one.

        Raises
        ------
        NotFound
            There is none of this name.
        """
        return from_document(Notification, document(self.calls.get("notifications", name)))

    def resend(self, name: str) -> Notification:
        """Have one that failed or was cut sent again, under its name; one that waits is tried at once.

        Raises
        ------
        NotFound
            There is none of this name, or nothing any more that it goes to.
        Conflict
            It was sent, or nobody was to be told.
        """
        return from_document(Notification, document(self.calls.send("POST", "notifications", name, "resend")))

    def resend_all(self, to: str, status: str = "failed", limit: int = MOST) -> int:
        """Have those to a channel or action sent again that stand like this, the oldest first; return how many.

        Parameters
        ----------
        to, status
            Which: to this one those that are ``failed``, ``cut`` or ``waiting``.
        limit
            How many at most, 1 to 1,000.

        Raises
        ------
        NotFound
            There is no such channel or action.
        SettingError
            Those that stand so are not sent again, or they are too many.
        """
        asked = {"to": to, "status": status, "limit": limit}
        return int(document(self.calls.send("POST", "notifications", "resend", json=asked))["resent"])

    def deliveries(self) -> Sequence[Delivery]:
        """Return how sending to each channel and action goes."""
        return [from_document(Delivery, item) for item in listed(self.calls.get("deliveries"))]
