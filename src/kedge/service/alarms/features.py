"""The features of a schedule's baseline, so that an alarm on the drift of one that it has not is noticed at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.domain import wire
from kedge.domain.catalog import JobDefinition, from_record, is_reference
from kedge.errors import KedgeError
from kedge.service.catalog.baselines import Baselines

if TYPE_CHECKING:
    from kedge.domain.catalog import MonitoringSchedule
    from kedge.ports import ObjectStore, Records


def features(store: ObjectStore, records: Records, schedule: MonitoringSchedule) -> tuple[str, ...]:
    """Return the names of the features of a schedule's baseline; none where it is not learned yet, or out of reach."""
    from kedge.reading import documents  # most commands of the catalog ask for none, and need not load what reads them

    try:
        url = _url(records, schedule)
        found = documents.parsed(store.read(url), url) if url and store.list(url) else {}
    except KedgeError:
        return ()
    entries: Any = found.get("features") if isinstance(found, dict) else None
    return tuple(str(entry["name"]) for entry in entries or () if isinstance(entry, dict) and "name" in entry)


def _url(records: Records, schedule: MonitoringSchedule) -> str:
    """Return where the statistics of a schedule's baseline are."""
    record = records.get(JobDefinition.kind, schedule.monitoring_job_definition_name)
    named = from_record(JobDefinition, record).baseline if record else ""
    where = Baselines(records, "").resolve(named).url if named and is_reference(named) else named
    return f"{where.rstrip('/')}/{wire.STATISTICS_FILE}" if where else ""
