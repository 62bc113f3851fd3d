"""The history: rows of every table, from the records of executions and the documents that they left."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from kedge.analysis.quality.documents import QualityStatistics
from kedge.domain import wire
from kedge.domain.catalog import ENDED, MONITORS, Execution, from_record
from kedge.domain.history import ALONE, TABLES, Span
from kedge.domain.record import Query
from kedge.errors import KedgeError
from kedge.service.history.left import Left
from kedge.service.history.metrics import metrics, segments
from kedge.service.history.statistics import statistics
from kedge.service.history.violations import violation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from kedge.ports import ObjectStore, Records

    Row = dict[str, Any]
    Told = Iterator[tuple[str, Row]]

PAGE: Final = 1_000
LONGEST: Final = timedelta(days=32)  # a window begins no longer before its slot
OWN: Final = "custom"  # the monitor of an analyzer of somebody else


@dataclass(frozen=True)
class History:
    """What ran, what was seen, and what was found.

    Parameters
    ----------
    records
        Where executions are.
    store
        Where their reports lie.
    skipped
        What could not be read, as it is met: a report that is not there any more hides no other.
    """

    records: Records
    store: ObjectStore
    skipped: list[KedgeError] = field(default_factory=list)

    def rows(self, span: Span, tables: Collection[str] = tuple(TABLES)) -> Told:
        """Yield rows, each with the name of its table: the oldest slot first, and the same each time."""
        reads = not set(tables) <= {ALONE}
        for _, together in groupby(self._executions(span), lambda execution: execution.scheduled_time):
            slot = list(together)
            for execution in slot:
                own = _own(execution, latest=_is_latest(execution, slot))
                yield from ((table, {**own, **row}) for table, row in self._told(execution, reads) if table in tables)

    def _executions(self, span: Span) -> Iterator[Execution]:
        until = span.end + LONGEST if span.end else None
        asked = Query(Execution.kind, parent=span.schedule, since=span.start, until=until, order="time", limit=PAGE)
        while page := self.records.list(asked):
            yield from (found for found in (from_record(Execution, record) for record in page) if found in span)
            asked = replace(asked, after=page[-1])

    def _told(self, execution: Execution, reads: bool) -> Told:
        yield ALONE, _execution(execution)
        try:
            yield from list(self._left(execution)) if execution.report and reads else ()
        except KedgeError as error:
            self.skipped.append(error)

    def _left(self, execution: Execution) -> Told:
        """Yield what the documents of an execution tell."""
        left = Left(execution, self.store)
        if left.kind is None:
            yield from (("violations", violation(found)) for found in left.foreign())
            return
        yield from (("metrics", row) for row in metrics(left.summary))
        if left.kind.statistics is QualityStatistics and isinstance(left.statistics, QualityStatistics):
            yield from (("metrics", row) for row in segments(left.statistics))
        yield from (("violations", violation(finding.model_dump())) for finding in left.summary.findings)
        yield from (("statistics", row) for row in statistics(*left.file(wire.PROFILE_FILE)))


def _is_latest(execution: Execution, slot: list[Execution]) -> bool:
    """Return whether this is the last verdict on its window; while there is none, the last that waits for one."""
    same = [one for one in slot if one.monitoring_schedule_name == execution.monitoring_schedule_name]
    return execution is max(same, key=lambda one: (one.status in ENDED, one.revision))


def _own(execution: Execution, *, latest: bool) -> Row:
    """Return what every row of an execution starts with."""
    return {
        "execution": execution.name,
        "schedule": execution.monitoring_schedule_name,
        "endpoint": execution.source,
        "monitor": MONITORS.get(execution.monitoring_type, OWN),
        "scheduled_time": execution.scheduled_time,
        "window_start": execution.window.start,
        "window_end": execution.window.end,
        "revision": execution.revision,
        "latest": latest,
    }


def _execution(execution: Execution) -> Row:
    same = {name: getattr(execution, name) for name in TABLES["executions"] if hasattr(execution, name)}
    return {**same, "definition": execution.monitoring_job_definition_name}
