"""Publishing by itself: metrics of an execution are kept once, a while after it has ended; old ones are forgotten."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from kedge.domain import wire
from kedge.domain.catalog import ENDED, MONITORS, Baseline, Execution, JobDefinition, from_record, is_reference
from kedge.domain.metric import begun
from kedge.domain.record import Query, Record
from kedge.errors import KedgeError
from kedge.reading import documents
from kedge.service.history.left import Left
from kedge.service.metrics.counts import counts
from kedge.service.metrics.figures import figures
from kedge.service.metrics.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kedge.domain.metric import Datum, Metric
    from kedge.ports import Clock, ObjectStore, Points, Records

LOG = logging.getLogger(__name__)
MARK: Final = Record("clock", "published")
MERGED: Final = Record("clock", "merged points")
FIRST: Final = timedelta(days=8)  # that are merged where nothing was yet
OVERLAP: Final = timedelta(seconds=30)  # by which clocks of workers may differ
PATIENCE: Final = timedelta(days=1)  # with a report that cannot be read: a store may come back
TIDY: Final = timedelta(hours=1)  # between two looks for what is old
COARSE_SECONDS: Final = 3600  # what old points are merged to
PAGE: Final = 100
ENDED_WELL: Final = ("Completed", "CompletedWithViolations")
DISABLED: Final = "Disabled"


@dataclass
class Publishing:
    """Keeps the metrics up with the executions.

    Parameters
    ----------
    records
        Where executions are, and how far they are published.
    points
        Where points are kept.
    store
        Where reports lie.
    clock
        By whose time points are old; it may be a simulated one.
    fine_days
        How long points are kept as they came; later those of an hour are one.
    days
        How long they are kept at all.
    told
        Called with the schedule of an execution and the metrics of it that were published.
    """

    records: Records
    points: Points
    store: ObjectStore
    clock: Clock
    fine_days: float
    days: float
    told: Callable[[str, Sequence[Metric]], None] = lambda *_: None
    _tidied: datetime | None = field(default=None, init=False)

    def once(self) -> int:
        """Publish what has ended since the last time, and return how many executions that were."""
        now, mark = datetime.now(UTC), self.records.get(MARK.kind, MARK.name)
        since = mark.time - OVERLAP if mark and mark.time else None
        done, until = 0, now
        for record in self._ended(since):
            execution, once = from_record(Execution, record), f"{record.name} {record.created}"
            if self.points.has(once):
                continue
            if execution.window.start < self._forgotten:  # too old for points; alarms on executions count it
                self.told(execution.monitoring_schedule_name, ())
                continue
            try:
                data = list(self._data(execution))
            except KedgeError as error:
                LOG.warning("%s: its metrics: %s", execution.name, error)
                if record.modified and now - record.modified < PATIENCE:
                    until = min(until, record.modified)  # looked at again
                    continue
                data = list(counts(Place(execution)))
            done += self.points.append(data, once=once)
            self.told(execution.monitoring_schedule_name, [metric for metric, _ in data])
        self._tidy()
        self.records.put(replace(mark or MARK, time=until), "")
        return done

    @property
    def _forgotten(self) -> datetime:
        return self.clock.now() - timedelta(days=self.days)

    def _tidy(self) -> None:
        """Merge and forget what is old, every now and then."""
        now = self.clock.now()
        if self._tidied is None or now - self._tidied >= TIDY:
            until, mark = now - timedelta(days=self.fine_days), self.records.get(MERGED.kind, MERGED.name)
            self.points.roll_up(mark.time if mark and mark.time else until - FIRST, until, COARSE_SECONDS)
            self.points.drop(self._forgotten)
            self.records.put(replace(mark or MERGED, time=begun(until, COARSE_SECONDS)), "")
            self._tidied = now

    def _ended(self, since: datetime | None) -> Iterator[Record]:
        asked = Query(Execution.kind, status=tuple(ENDED), modified_since=since, order="modified", limit=PAGE)
        while page := self.records.list(asked):
            yield from page
            asked = replace(asked, after=page[-1])

    def _data(self, execution: Execution) -> Iterator[Datum]:
        place = Place(execution)
        yield from counts(place)
        if execution.report and execution.status in ENDED_WELL and self._wanted(execution):
            yield from figures(place, Left(execution, self.store))

    def _wanted(self, execution: Execution) -> bool:
        """Return whether figures are to be published: neither the definition nor the constraints say they are not."""
        record = self.records.get(JobDefinition.kind, execution.monitoring_job_definition_name)
        environment = from_record(JobDefinition, record).environment if record else {}
        if environment.get(wire.PUBLISH_METRICS) == DISABLED:
            return False
        return MONITORS.get(execution.monitoring_type) != "data-quality" or self._emits(execution.baseline)

    def _emits(self, baseline: str | None) -> bool:
        """Return whether the constraints of a baseline have metrics published, as they do unless they say otherwise."""
        if baseline and is_reference(baseline):
            record = self.records.get(Baseline.kind, baseline)
            baseline = from_record(Baseline, record).url if record else None
        entries = self.store.list(f"{baseline.rstrip('/')}/{wire.CONSTRAINTS_FILE}") if baseline else []
        found = documents.parsed(self.store.read(entries[0].url), entries[0].url) if entries else {}
        config = found.get("monitoring_config") if isinstance(found, dict) else None
        return not isinstance(config, dict) or config.get("emit_metrics") != DISABLED
