"""Which metrics there are that those cover that are asked for, without going through all of a name each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import sqlalchemy as sa

from kedge.adapters.databases.rows import MOST_KNOWN, metric_of
from kedge.adapters.databases.tables import METRICS
from kedge.domain.covering import Covering
from kedge.domain.metric import Metric  # a type that is given when it runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
Part = TypeVar("Part", str, int)

MOST_NAMED: Final = 10_000  # in one question: databases take no more than some ten thousands
SHORTER: Final = 1_000_003  # so that a sum of ids stays a number that every database has


class Covered:
    """The numbers of the metrics of one workspace that others cover.

    They are remembered as long as there are the same metrics: how many, and the sum of their numbers, tell.
    """

    def __init__(self) -> None:
        self._ids: dict[Metric, list[int]] = {}
        self._there: tuple[object, ...] = ()

    def ids(self, connection: sa.Connection, workspace: str, asked: Iterable[Metric]) -> Mapping[Metric, Sequence[int]]:
        """Return for each metric the numbers of those that it covers."""
        all_of_them = sa.select(sa.func.count(), sa.func.sum(METRICS.c.id % SHORTER))
        there = tuple(connection.execute(all_of_them.where(METRICS.c.workspace == workspace)).one())
        if there != self._there or len(self._ids) > MOST_KNOWN:
            self._ids, self._there = {}, there
        covering = Covering[Metric]()
        for metric in asked:
            if metric not in self._ids:
                self._ids[metric] = []
                covering.add(metric, metric)
        for number, found in _named(connection, workspace, covering.names()):
            for metric in covering.of(found):
                self._ids[metric].append(number)
        return self._ids


def parts(named: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Yield what is named, as much at a time as a question may name."""
    return (named[start : start + MOST_NAMED] for start in range(0, len(named), MOST_NAMED))


def _named(connection: sa.Connection, workspace: str, names: Iterable[str]) -> Iterator[tuple[int, Metric]]:
    known = sa.select(METRICS.c.id, METRICS.c.namespace, METRICS.c.name, METRICS.c.dimensions)
    for part in parts(sorted(names)):
        for number, *told in connection.execute(
            known.where(METRICS.c.workspace == workspace, METRICS.c.name.in_(part))
        ):
            yield number, metric_of(*told)
