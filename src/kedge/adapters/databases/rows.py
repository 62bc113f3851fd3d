"""Rows of metrics and points, to what they stand for and back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from kedge.adapters.databases.tables import METRICS
from kedge.domain.metric import Latest, Metric, Point

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
NUMBERS: Final = ("value", "count", "minimum", "maximum")
WHOSE: Final = [METRICS.c[name] for name in ("namespace", "name", "dimensions")]
SO_FAR: Final = [METRICS.c[name] for name in ("times", "ever")]
MOST_KNOWN: Final = 50_000  # metrics whose dimensions are not read again: whoever scrapes asks for all of them


def latest_of(row: Any) -> Latest:
    """Return what a row of ``WHOSE``, a point and ``SO_FAR`` stands for, in this order: by their names takes longer."""
    namespace, name, dimensions, time, value, count, minimum, maximum, times, ever = row
    point = Point(_time_of(time), value, count, minimum, maximum)
    return Latest(metric_of(namespace, name, dimensions), point, times, ever)


@lru_cache(maxsize=MOST_KNOWN)
def _time_of(number: int) -> datetime:
    """Return a time; the latest points of an execution's metrics have the same."""
    return EPOCH + number * MICROSECOND


@lru_cache(maxsize=MOST_KNOWN)
def metric_of(namespace: str, name: str, dimensions: str) -> Metric:
    """Return a metric."""
    return Metric(namespace, name, tuple(map(tuple, json.loads(dimensions))))


def point_of(row: Any) -> Point:
    """Return the point of a row."""
    return Point(EPOCH + row.time * MICROSECOND, row.value, row.count, row.minimum, row.maximum)


def number_of(time: datetime) -> int:
    """Return a time as microseconds since 1970: exact, and the same in every database."""
    return (time - EPOCH) // MICROSECOND
