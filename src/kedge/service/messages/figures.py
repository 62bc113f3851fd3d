"""How messages fare, for Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import from_record
from kedge.domain.notification import Delivery, Notification
from kedge.domain.record import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.ports import Records

LONGEST: Final = 1_000  # that are counted of those that wait; more are told as so many


def figures(records: Records) -> Iterator[tuple[str, str, float]]:
    """Yield family, receiver and value: what waits, for how long, and what came to which end."""
    # By time, as the index of statuses has it: in another order databases go through all that were ever sent.
    asked = Query(Notification.kind, status=("waiting",), order="time", limit=LONGEST)
    now, waiting, oldest = datetime.now(UTC), dict[str, int](), dict[str, float]()
    for record in records.list(asked):
        waiting[record.parent] = waiting.get(record.parent, 0) + 1
        age = (now - (record.created or now)).total_seconds()
        oldest[record.parent] = max(age, oldest.get(record.parent, 0.0))
    for record in records.list(Query(Delivery.kind)):
        one = from_record(Delivery, record)
        waiting.setdefault(one.name, 0)
        yield "notifications_sent_total", one.name, one.sent
        yield "notifications_failed_total", one.name, one.failed
        yield "notification_fails", one.name, float(one.fails)
    yield from (("notifications_waiting", name, count) for name, count in waiting.items())
    yield from (("notification_age_seconds", name, oldest.get(name, 0.0)) for name in waiting)
