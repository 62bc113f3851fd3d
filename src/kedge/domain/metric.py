"""Metrics: numbers that are published over time, and how points of them become one point of a period."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING, Final

from kedge.errors import SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_NAME: Final = 255
_PERCENTILE: Final = re.compile(r"p(\d{1,3}(?:\.\d+)?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that is published over time.

    Parameters
    ----------
    namespace
        Whose it is, such as ``aws/sagemaker/Endpoints/data-metrics``.
    name
        What it is called there.
    dimensions
        Name and value of what tells it from others of its name, by name.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str | None]) -> Metric:
        """Return the metric of these dimensions, in their order; one without a value is left out.

        Of a name that is too long the rest is left out: what tells it from others stands among the dimensions, too.
        """
        told = {key: value.replace("\0", "") for key, value in dimensions.items() if value}  # no database keeps a NUL
        return cls(namespace, name.replace("\0", "")[:LONGEST_NAME], tuple(sorted(told.items())))

    def covers(self, other: Metric) -> bool:
        """Return whether another has this name, and these dimensions among its own.

        >>> asked = Metric("data", "drift", (("Endpoint", "fraud"),))
        >>> asked.covers(Metric("data", "drift", (("Endpoint", "fraud"), ("Feature", "age"))))
        True
        """
        same = (self.namespace, self.name) == (other.namespace, other.name)
        return same and set(self.dimensions) <= set(other.dimensions)


@dataclass(frozen=True, slots=True)
class Point:
    """What a metric was at a time.

    Parameters
    ----------
    time
        When.
    value
        The number, or the sum of ``count`` of them.
    count
        How many numbers it stands for.
    minimum, maximum
        The smallest and the largest of them; None is the value.
    """

    time: datetime
    value: float
    count: float = 1.0
    minimum: float | None = None
    maximum: float | None = None

    @property
    def least(self) -> float:
        """The smallest of its numbers."""
        return self.value if self.minimum is None else self.minimum

    @property
    def most(self) -> float:
        """The largest of its numbers."""
        return self.value if self.maximum is None else self.maximum

    @property
    def average(self) -> float:
        """The mean of its numbers."""
        return self.value / self.count if self.count else 0.0


Datum = tuple[Metric, Point]


@dataclass(frozen=True, slots=True)
class Latest:
    """What is known of a metric at once: its latest point, how many there ever were, and their sum.

    The last two never fall, also where points are forgotten.
    """

    metric: Metric
    point: Point
    times: int
    ever: float


@dataclass(frozen=True, slots=True)
class Fed:
    """A point that waits for sinks.

    Parameters
    ----------
    number
        Its place among all that were kept.
    again
        Whether it took the place of one that whoever asks was fed already.
    latest
        The point, and what is known of its metric.
    """

    number: int
    again: bool
    latest: Latest


@dataclass(frozen=True, slots=True)
class Sent:
    """How far a sink came.

    Parameters
    ----------
    done
        How many points it need not be sent again.
    left_out
        How many of these it never takes.
    """

    done: int
    left_out: int = 0


def merged(points: Sequence[Point], time: datetime) -> Point:
    """Return the point that stands for several.

    >>> merged([Point(EPOCH, 1.0), Point(EPOCH, 6.0, count=2, minimum=2.0, maximum=4.0)], EPOCH).average
    2.3333333333333335
    """
    return Point(
        time,
        sum(point.value for point in points),
        sum(point.count for point in points),
        min(point.least for point in points),
        max(point.most for point in points),
    )


def begun(time: datetime, period_seconds: float) -> datetime:
    """Return when the period began that a time is in; periods are counted from 1970.

    >>> f"{begun(datetime(2024, 5, 1, 9, 59, tzinfo=UTC), 3600):%H:%M}"
    '09:00'
    """
    period = timedelta(seconds=period_seconds)
    return EPOCH + (time - EPOCH) // period * period


def summarised(points: Iterable[Point], period_seconds: float, statistic: str) -> Iterator[Point]:
    """Yield a point for each period that has any, in order, whose value is the statistic of it.

    A percentile is that of the points, each by the mean of the numbers it stands for and as often as there are.

    Parameters
    ----------
    statistic
        ``Sum``, ``Average``, ``Minimum``, ``Maximum``, ``SampleCount`` or a percentile such as ``p99.9``.

    Raises
    ------
    SettingError
        There is no such statistic.
    """
    function, ordered = statistic_of(statistic), sorted(points, key=lambda point: point.time)
    for start, together in groupby(ordered, lambda point: begun(point.time, period_seconds)):
        yield Point(start, function(list(together)))


STATISTICS: Final[Mapping[str, Callable[[Sequence[Point]], float]]] = {
    "Sum": lambda points: sum(point.value for point in points),
    "Average": lambda points: merged(points, EPOCH).average,
    "Minimum": lambda points: min(point.least for point in points),
    "Maximum": lambda points: max(point.most for point in points),
    "SampleCount": lambda points: sum(point.count for point in points),
}


def statistic_of(name: str) -> Callable[[Sequence[Point]], float]:
    """Return the statistic of a name.

    Raises
    ------
    SettingError
        There is none.
    """
    match = _PERCENTILE.fullmatch(name)
    if match and float(match[1]) <= 100:
        share = Fraction(match[1]) / 100  # exact: of 100 numbers p7 is the seventh
        return lambda points: _percentile(points, share)
    if name not in STATISTICS:
        raise SettingError(
            f"There is no statistic {name!r} of metrics.{did_you_mean(name, STATISTICS)}",
            field="statistic",
            next_step=f"Write {', '.join(STATISTICS)}, or a percentile such as p99.",
        )
    return STATISTICS[name]


def _percentile(points: Sequence[Point], share: Fraction) -> float:
    """Return the smallest average that at least this share of all numbers does not exceed."""
    ordered = sorted(points, key=lambda point: point.average)
    rank, seen = max(1, ceil(share * Fraction(sum(point.count for point in ordered)))), 0.0
    for point in ordered:
        seen += point.count
        if seen >= rank:
            return point.average
    return ordered[-1].average
