"""The queue of executions: how many wait and run, and how long the oldest has waited."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from kedge.domain.catalog import Execution
from kedge.domain.families import QUEUE
from kedge.domain.record import Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.ports import Records

LONGEST: Final = 1_000  # that is counted; more are told as so many


def queue(records: Records) -> Iterator[tuple[str, float]]:
    """Yield what is told of the queue, each with the name of its family."""
    # By time, as the index of statuses has it: in another order databases go through all that ever ran.
    waiting, running = (
        records.list(Query(Execution.kind, status=(status,), order="time", limit=LONGEST))
        for status in ("Pending", "InProgress")
    )
    now = datetime.now(UTC)
    age = max(((now - (record.created or now)).total_seconds() for record in waiting), default=0.0)
    yield from zip(QUEUE, (len(waiting), len(running), age), strict=True)
