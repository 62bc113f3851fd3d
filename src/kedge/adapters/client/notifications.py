"""The messages of a server, as :mod:`kedge.service.messages.notifications` has them here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.adapters.client.calls import document, listed
from kedge.domain.documents import from_document
from kedge.domain.notification import Delivery, Notification
from kedge.domain.record import Query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.adapters.client.calls import Calls


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

    def deliveries(self) -> Sequence[Delivery]:
        """Return how sending to each channel and action goes."""
        return [from_document(Delivery, item) for item in listed(self.calls.get("deliveries"))]
