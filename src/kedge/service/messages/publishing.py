"""What actions publish becomes messages to those of a subscription, until such messages cause each other for ever."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import from_record
from kedge.domain.notification import DEEPEST, Notification
from kedge.domain.record import Query
from kedge.domain.subscription import Subscription
from kedge.errors import did_you_mean
from kedge.service.messages.deciding import name_of
from kedge.service.messages.notifications import keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from kedge.domain.notification import Publication
    from kedge.ports import Records

LONGEST_NAME: Final = 80  # that is repeated
LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Publishing:
    """Makes messages of what is published.

    Parameters
    ----------
    records
        Where messages and subscriptions are.
    made
        Called with messages that wait to be sent.
    """

    records: Records
    made: Callable[[Sequence[Notification]], None]

    def publish(self, cause: Notification, published: Sequence[Publication], now: datetime) -> list[str]:
        """Make messages of what was published because of one, the same ones however often; return what is wrong."""
        wrong = []
        for number, publication in enumerate(published):
            record = self.records.get(Subscription.kind, publication.subscription)
            if record is None:
                names = [known.name for known in self.records.list(Query(Subscription.kind))]
                named = publication.subscription[:LONGEST_NAME]
                near = did_you_mean(named, names)
                wrong.append(f"It published to {named!r}, and there is no such subscription.{near}")
                continue
            found = self._notifications(from_record(Subscription, record), cause, publication, number, now)
            kept = [keep(self.records, one) for one in found]
            self.made([one for one in kept if one.status == "waiting"])
        return wrong

    def _notifications(
        self, subscription: Subscription, cause: Notification, publication: Publication, number: int, now: datetime
    ) -> Iterator[Notification]:
        for to in subscription.to:
            made = Notification(
                name=name_of(subscription.name, cause.name, str(number), to),
                workspace=cause.workspace,
                subscription=subscription.name,
                to=to,
                cause="published",
                group=cause.group,
                subject=publication.subject,
                text=publication.text,
                depth=cause.depth + 1,
                created=now,
                next_time=now,
            )
            yield made if made.depth <= DEEPEST else _cut(made, cause)


def _cut(made: Notification, cause: Notification) -> Notification:
    why = (
        f"Messages have caused each other {DEEPEST} times, the last one by the action {cause.to!r}: "
        "that is taken for a loop, and ends here."
    )
    LOG.error("notification %s to %s: cut: %s", made.name, made.to, why)
    return replace(made, status="cut", reason=why, ended=made.created, next_time=None)
