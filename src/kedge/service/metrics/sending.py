"""Sending: what is published goes on to a sink, which takes its own time and keeps its own mark."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from kedge.domain.families import OWN
from kedge.domain.metric import Fed, Latest, Metric, Point, Sent
from kedge.domain.record import Query, Record
from kedge.domain.secret import masked
from kedge.errors import Conflict
from kedge.service.metrics.queue import queue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from kedge.ports import Feed, MetricSink, Records

LOG = logging.getLogger(__name__)
KIND: Final = "sink"  # of the records that say how far each has come
PAGE: Final = 1_000
FIRST_REST: Final = 5.0  # seconds after a failure; twice as long after the next
LONGEST_REST: Final = 300.0
MOST_DOUBLED: Final = 10
HEALTH_SECONDS: Final = 60.0  # between two looks at the queue
TIDY_SECONDS: Final = 3600.0
KEPT: Final = timedelta(days=15)  # that points wait: the strictest sink refuses what is older than two weeks


@dataclass
class Sending:
    """Sends the points of a workspace to a sink.

    Each group that was sent is marked on its own, after the sink has said that it took it: what a kill comes between
    is sent again, and nothing else is.

    Parameters
    ----------
    name
        What the setting calls the sink.
    sink
        What takes points.
    workspace
        Whose they are.
    records
        Where the mark is, and the queue.
    feed
        What waits.
    """

    name: str
    sink: MetricSink
    workspace: str
    records: Records
    feed: Feed
    _failures: int = field(default=0, init=False)
    _rests: float = field(default=0.0, init=False)
    _told: float | None = field(default=None, init=False)
    _tidied: float | None = field(default=None, init=False)

    def once(self) -> bool:
        """Send what waits, as much as goes at once; return whether more may."""
        if monotonic() < self._rests:
            return False
        mark = self.records.get(KIND, self.name)
        if mark is None:
            begin(self.records, self.feed, self.name)
            return True
        self._tidy()
        page, health = self.feed.after(mark.document["sent"], PAGE), self._health()
        try:
            if health:
                self.sink.send(self.workspace, health)
            sent = self.sink.send(self.workspace, page) if page else Sent(0)
        except Exception as error:  # whatever is wrong with a sink, the workspace goes on
            self._failed(mark, error)
            return False
        self._went(mark, page, sent)
        return sent.done > 0

    def _health(self) -> list[Fed]:
        """Return how the queue is, every now and then; what is not taken of it is not sent again."""
        if self._told is not None and monotonic() - self._told < HEALTH_SECONDS:
            return []
        self._told, now = monotonic(), datetime.now(UTC)
        told = [Latest(Metric(OWN, name), Point(now, value), 1, value) for name, value in queue(self.records)]
        return [Fed(0, False, one) for one in told]

    def _went(self, mark: Record, page: Sequence[Fed], sent: Sent) -> None:
        """Put down how far it came."""
        self._failures, before = 0, mark.document
        if before["error"]:
            LOG.info("%s: it takes points again", self._called)
        if sent.left_out and not before["left_out"]:
            LOG.warning("%s: it never takes some points, the first now; /metrics tells how many", self._called)
        number = page[sent.done - 1].number if sent.done else before["sent"]
        self._mark(mark, sent=number, left_out=before["left_out"] + sent.left_out, error="")

    def _failed(self, mark: Record, error: Exception) -> None:
        """Tell of a failure, once, and rest; a sink that is away for long is asked seldom."""
        self._rests = monotonic() + min(FIRST_REST * 2**self._failures, LONGEST_REST)
        self._failures = min(self._failures + 1, MOST_DOUBLED)
        if not mark.document["error"]:
            LOG.warning("%s: %s Points wait for it.", self._called, _told(error))
            self._mark(mark, error=_told(error))

    def _mark(self, mark: Record, **told: object) -> None:
        """Put a mark in the place of that which was read; where another server has, its mark holds."""
        if (document := {**mark.document, **told}) != mark.document:
            with suppress(Conflict):
                self.records.put(replace(mark, document=document), "")

    def _tidy(self) -> None:
        if self._tidied is None or monotonic() - self._tidied > TIDY_SECONDS:
            self._tidied = monotonic()
            self.feed.drop(datetime.now(UTC) - KEPT)

    @property
    def _called(self) -> str:
        return f"sink {self.name}, workspace {self.workspace}"


def states(records: Records, feed: Feed) -> Iterator[tuple[str, str, float]]:
    """Yield what is told of every sink: its name, a family and a value."""
    for record in records.list(Query(KIND)):
        yield record.name, "sink_waiting", feed.waiting(record.document["sent"])
        yield record.name, "sink_left_out_total", record.document["left_out"]
        yield record.name, "sink_failing", float(bool(record.document["error"]))


def begin(records: Records, feed: Feed, name: str) -> None:
    """Have a sink that is new be sent what is published from now on."""
    if records.get(KIND, name) is None:
        with suppress(Conflict):  # another server begins, too
            records.put(Record(KIND, name, {"sent": feed.end(), "left_out": 0, "error": ""}), "")


def forget(records: Records, names: Collection[str]) -> None:
    """Forget sinks that are no more: one that comes back begins anew."""
    for record in records.list(Query(KIND)):
        if record.name not in names:
            with suppress(Conflict):
                records.delete(record, "")


def _told(error: Exception) -> str:
    return masked(" ".join(str(error).split()) or type(error).__name__)
