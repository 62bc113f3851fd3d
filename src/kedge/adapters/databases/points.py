"""Points of metrics, in the database of the records."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from kedge.adapters.databases.covered import Covered, parts
from kedge.adapters.databases.inserting import insert
from kedge.adapters.databases.rows import NUMBERS, SO_FAR, WHOSE, latest_of, metric_of, number_of, point_of
from kedge.adapters.databases.tables import METRICS, POINTS, PUBLICATIONS
from kedge.domain.metric import Point, merged, statistic_of, summarised
from kedge.domain.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kedge.adapters.databases.feed import Feed
    from kedge.domain.metric import Datum, Latest, Metric

    Row = dict[str, Any]

AS_IT_CAME: Final = 0
POINT: Final = [POINTS.c[name] for name in ("metric", "time", *NUMBERS)]
# No point comes without changing these.
THERE_IS: Final = (sa.func.count(), sa.func.max(METRICS.c.time), *map(sa.func.sum, SO_FAR))
LATEST: Final = [*WHOSE, *(METRICS.c[name] for name in ("time", *NUMBERS)), *SO_FAR]


@dataclass(frozen=True)
class Points:
    """The points of one workspace.

    Parameters
    ----------
    feed
        What they are fed to sinks by; None where there are none.
    told
        The latest points of each workspace as they were read last, and what there was then.
    """

    engine: sa.Engine
    workspace: str
    feed: Feed | None = None
    told: dict[str, tuple[object, Sequence[Latest]]] = field(default_factory=dict, repr=False, compare=False)
    _covered: Covered = field(default_factory=Covered, init=False, repr=False, compare=False)

    def append(self, data: Sequence[Datum], once: str | None = None) -> bool:
        """Keep points, all or none; what was kept under the name ``once`` is not kept again."""
        metrics, points = self._rows(data)
        with self.engine.begin() as connection:
            if once is not None and not self._is_first(connection, once):
                return False
            if points:
                connection.execute(self._known, metrics)
                connection.execute(self._kept, points)
            if points and self.feed:
                self.feed.add(connection, _together(metrics, points))
        return True

    def has(self, once: str) -> bool:
        """Return whether anything was kept under this name."""
        asked = sa.select(PUBLICATIONS.c.name).where(self._ours(PUBLICATIONS), PUBLICATIONS.c.name == once)
        with self.engine.connect() as connection:
            return connection.execute(asked).first() is not None

    def query(
        self, metric: Metric, since: datetime, until: datetime, period_seconds: float, statistic: str
    ) -> list[Point]:
        """Return the statistic of each period that has points, in order."""
        statistic_of(statistic)  # a wrong one is told also where there are no points
        if since >= until:
            return []
        ids = [self._id(found) for found in self.metrics(metric.namespace, metric.name, dict(metric.dimensions))]
        with self.engine.connect() as connection:
            found = [point for _, point in self._within(connection, Window(since, until), ids)]
        return list(summarised(found, period_seconds, statistic))

    def several(self, asked: Sequence[tuple[Metric, Window]]) -> list[list[Point]]:
        """Return for each metric its points in a window: those of a window in one question."""
        found: dict[tuple[Metric, Window], list[Point]] = {one: [] for one in asked}
        wanted = defaultdict[Window, dict[int, list[list[Point]]]](dict)
        with self.engine.connect() as connection:
            ids = self._covered.ids(connection, self.workspace, {metric for metric, _ in found})
            for (metric, window), points in found.items():
                for number in ids[metric]:
                    wanted[window].setdefault(number, []).append(points)
            for window, those in wanted.items():
                for number, point in self._within(connection, window, list(those)):
                    for points in those[number]:
                        points.append(point)
        return [found[one] for one in asked]

    def _within(self, connection: sa.Connection, window: Window, numbers: list[int]) -> Iterator[tuple[int, Point]]:
        span = (POINTS.c.time >= number_of(window.start)) & (POINTS.c.time < number_of(window.end))
        for part in parts(sorted(numbers)):
            asked = sa.select(*POINT).where(self._ours(POINTS), POINTS.c.metric.in_(part), span)
            yield from ((row.metric, point_of(row)) for row in connection.execute(asked))

    def metrics(
        self, namespace: str | None = None, name: str | None = None, dimensions: Mapping[str, str] | None = None
    ) -> list[Metric]:
        """Return the metrics that there are, in order."""
        asked = sa.select(METRICS.c.namespace, METRICS.c.name, METRICS.c.dimensions).where(self._ours(METRICS))
        asked = asked if namespace is None else asked.where(METRICS.c.namespace == namespace)
        asked = asked if name is None else asked.where(METRICS.c.name == name)
        with self.engine.connect() as connection:
            found = [metric_of(*row) for row in connection.execute(_in_order(asked))]
        wanted = set((dimensions or {}).items())
        return [metric for metric in found if wanted <= set(metric.dimensions)]

    def latest(self) -> Sequence[Latest]:
        """Return the latest point of every metric; they are read again where one came, less often than one asks."""
        with self.engine.connect() as connection:
            there_is = tuple(connection.execute(sa.select(*THERE_IS).where(self._ours(METRICS))).one())
            known = self.told.get(self.workspace)
            if known is None or known[0] != there_is:
                rows = connection.execute(sa.select(*LATEST).where(self._ours(METRICS))).all()
                known = self.told[self.workspace] = there_is, tuple(map(latest_of, rows))
        return known[1]

    def roll_up(self, since: datetime, until: datetime, period_seconds: int) -> int:
        """Merge the points of each period that lies between; where there is only one, it stays as it came."""
        micros, points = period_seconds * 1_000_000, POINTS.c
        first, last = -(-number_of(since) // micros) * micros, number_of(until) // micros * micros
        start = points.time - points.time % micros
        old = self._of_any & (points.time >= first) & (points.time < last) & (points.period <= period_seconds)
        sums = [sa.func.sum(points.value), sa.func.sum(points.count)]
        ends = [sa.func.min(points.minimum), sa.func.max(points.maximum)]
        key = [points.workspace, points.metric, start, sa.literal(period_seconds)]
        several = sa.select(*key, *sums, *ends).where(old).group_by(points.workspace, points.metric, start)
        several = several.having(sa.func.count() > 1)
        with self.engine.begin() as connection:
            made = insert(self.engine, POINTS).from_select([column.name for column in points], several)
            connection.execute(_in_place(made, POINTS))
            whole = POINTS.alias("whole")
            there = (whole.c.workspace == points.workspace) & (whole.c.metric == points.metric)
            there &= (whole.c.period == period_seconds) & (whole.c.time == start)
            finer = old & (points.period < period_seconds) & sa.exists().where(there)
            return connection.execute(sa.delete(POINTS).where(finer)).rowcount

    def drop(self, before: datetime) -> int:
        """Forget points that are older, and metrics that have no others."""
        with self.engine.begin() as connection:
            old = self._of_any & (POINTS.c.time < number_of(before))
            done = connection.execute(sa.delete(POINTS).where(old)).rowcount
            connection.execute(self._older(METRICS, before))
            connection.execute(self._older(PUBLICATIONS, before))
        return done

    def _older(self, table: sa.Table, before: datetime) -> sa.Delete:
        return sa.delete(table).where(self._ours(table), table.c.time < number_of(before))

    @property
    def _of_any(self) -> sa.ColumnElement[bool]:
        """Whether a point is of a metric of ours: so all of a time are found by their key, metric by metric."""
        return self._ours(POINTS) & POINTS.c.metric.in_(sa.select(METRICS.c.id).where(self._ours(METRICS)))

    def _ours(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.workspace == self.workspace

    def _is_first(self, connection: sa.Connection, name: str) -> bool:
        told = {"workspace": self.workspace, "name": name, "time": number_of(datetime.now(UTC))}
        statement = insert(self.engine, PUBLICATIONS).values(told).on_conflict_do_nothing()
        return connection.execute(statement.returning(sa.literal(1))).first() is not None

    def _rows(self, data: Sequence[Datum]) -> tuple[list[Row], list[Row]]:
        """Return what is told of metrics, and of points: one of each, and always in one order, so that none waits."""
        together: dict[Metric, dict[datetime, list[Point]]] = {}
        for metric, point in data:
            together.setdefault(metric, {}).setdefault(point.time, []).append(point)
        metrics, points = [], []
        for metric, times in together.items():
            own = [found[0] if len(found) == 1 else merged(found, time) for time, found in times.items()]
            key = self._id(metric)
            metrics.append(self._told(metric, key, own))
            points += [
                {"workspace": self.workspace, "metric": key, "period": AS_IT_CAME, **_numbers(point)} for point in own
            ]
        return sorted(metrics, key=_key), sorted(points, key=_place)

    def _told(self, metric: Metric, key: int, points: list[Point]) -> Row:
        return {
            "workspace": self.workspace,
            "id": key,
            "namespace": metric.namespace,
            "name": metric.name,
            "dimensions": json.dumps(metric.dimensions, ensure_ascii=False),
            **_numbers(max(points, key=lambda point: point.time)),
            "times": len(points),
            "ever": sum(point.value for point in points),
        }

    def _id(self, metric: Metric) -> int:
        """Return a number that tells a metric from others of its workspace, wherever it is made."""
        told = json.dumps([metric.namespace, metric.name, metric.dimensions]).encode()
        return int.from_bytes(blake2b(told, digest_size=8).digest()) >> 1

    @property
    def _known(self) -> Any:
        """What keeps metrics: their latest point, and how many there were."""
        made = insert(self.engine, METRICS)
        is_later = made.excluded.time >= METRICS.c.time
        newer = {name: sa.case((is_later, made.excluded[name]), else_=METRICS.c[name]) for name in ("time", *NUMBERS)}
        more = {name: METRICS.c[name] + made.excluded[name] for name in ("times", "ever")}
        return made.on_conflict_do_update(index_elements=["workspace", "id"], set_=newer | more)

    @property
    def _kept(self) -> Any:
        return _in_place(insert(self.engine, POINTS), POINTS)


def _in_place(made: Any, table: sa.Table) -> Any:
    """Return the statement that puts a row in the place of the one before it."""
    key = [column.name for column in table.primary_key]
    return made.on_conflict_do_update(index_elements=key, set_={name: made.excluded[name] for name in NUMBERS})


def _in_order(asked: sa.Select[Any]) -> sa.Select[Any]:
    return asked.order_by(METRICS.c.namespace, METRICS.c.name, METRICS.c.dimensions)


def _together(metrics: Sequence[Row], points: Sequence[Row]) -> list[Row]:
    """Return points in the order in which sinks take them: those of a namespace go at once."""
    namespaces = {row["id"]: row["namespace"] for row in metrics}
    return sorted(points, key=lambda row: (namespaces[row["metric"]], row["time"]))


def _key(row: Row) -> int:
    key: int = row["id"]
    return key


def _place(row: Row) -> tuple[int, int]:
    return row["metric"], row["time"]


def _numbers(point: Point) -> Row:
    numbers = (point.value, point.count, point.least, point.most)
    return {"time": number_of(point.time), **dict(zip(NUMBERS, numbers, strict=True))}
