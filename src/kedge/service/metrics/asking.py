"""Metrics, asked for by those who may have misspelt them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.errors import NotFound, SettingError, did_you_mean

if TYPE_CHECKING:
    from datetime import datetime

    from kedge.domain.metric import Metric, Point
    from kedge.ports import Points

SHORTEST_SECONDS = 1
LONGEST_SECONDS = 366 * 86_400


def asked(
    points: Points, metric: Metric, since: datetime, until: datetime, period_seconds: int, statistic: str
) -> list[Point]:
    """Return the statistic of each period of a metric that there is.

    Raises
    ------
    NotFound
        There is none of its name, or none with these dimensions.
    SettingError
        There is no such statistic, or the period is none.
    """
    if not SHORTEST_SECONDS <= period_seconds <= LONGEST_SECONDS:
        raise SettingError(
            f"A period of {period_seconds} seconds is none.", field="period", next_step="Write 3600 for an hour."
        )
    found = points.query(metric, since, until, period_seconds, statistic)
    if not found and not points.metrics(metric.namespace, metric.name, dict(metric.dimensions)):
        raise unknown(points.metrics(), metric.name)
    return found


def unknown(known: list[Metric], name: str) -> NotFound:
    """Return what tells that there is no such metric, and the nearest that there is."""
    names = {metric.name for metric in known}
    told = f"None of the metrics {name!r} has these dimensions." if name in names else f"There is no metric {name!r}."
    near = "" if name in names else did_you_mean(name, names)
    return NotFound(f"{told}{near}", field="name", next_step="See which there are: kedge metric list")
