"""How old the newest capture of an endpoint is: by the names of files and folders alone, so that no file is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final

from kedge.domain import wire
from kedge.domain.catalog import Endpoint, from_record
from kedge.domain.families import LAG, OWN
from kedge.domain.metric import Metric, Point
from kedge.domain.record import Query
from kedge.domain.window import HOUR, Window
from kedge.errors import KedgeError
from kedge.reading.hours import reach, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.metric import Datum
    from kedge.ports import Clock, ObjectStore, Points, Records

LOOK_SECONDS: Final = 60.0  # between two looks
_WITHIN_HOUR: Final = re.compile(r"([0-5]\d)-([0-5]\d)-", re.ASCII)


@dataclass
class Lag:
    """Keeps how old the newest captures are.

    Parameters
    ----------
    records
        Where endpoints are declared.
    points
        Where points are kept.
    store
        Where captures lie.
    clock
        What time it is.
    """

    records: Records
    points: Points
    store: ObjectStore
    clock: Clock
    _looked: float | None = field(default=None, init=False)

    def look(self) -> None:
        """Look at every endpoint, every now and then; one whose captures cannot be listed holds up no other."""
        if self._looked is None or monotonic() - self._looked > LOOK_SECONDS:
            self._looked = monotonic()
            self.points.append(list(self._lags(self.clock.now())))

    def _lags(self, now: datetime) -> Iterator[Datum]:
        for record in self.records.list(Query(Endpoint.kind)):
            endpoint = from_record(Endpoint, record)
            newest = self._newest(f"{endpoint.captures.rstrip('/')}/{endpoint.name}")
            if newest:
                metric = Metric.of(OWN, LAG, {wire.ENDPOINT_DIMENSION: endpoint.name})
                yield metric, Point(now, max(0.0, (now - newest).total_seconds()))

    def _newest(self, url: str) -> datetime | None:
        try:
            found = reach(self.store, url)
            hour = found[1] if found else None
            names = [entry.url for entry in within(self.store, url, Window(hour, hour + HOUR))] if hour else []
        except KedgeError:
            return None
        return max((_time(hour, name.rpartition("/")[2]) for name in names), default=None) if hour else None


def _time(hour: datetime, name: str) -> datetime:
    """Return when a file was begun; of one that is not called as the service calls them, its hour.

    >>> f"{_time(datetime(2024, 5, 1, 9), '12-30-123-0a.jsonl'):%H:%M:%S}"
    '09:12:30'
    """
    match = _WITHIN_HOUR.match(name)
    return hour + timedelta(minutes=int(match[1]), seconds=int(match[2])) if match else hour
