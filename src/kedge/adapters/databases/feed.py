"""The points that were kept last, by number, in the database of the records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from kedge.adapters.databases.inserting import insert
from kedge.adapters.databases.rows import NUMBERS, SO_FAR, WHOSE, latest_of, number_of
from kedge.adapters.databases.tables import FEED, FEED_ENDS, METRICS, POINTS
from kedge.domain.metric import Fed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOLD: Final = [*WHOSE, *(POINTS.c[name] for name in ("time", *NUMBERS)), *SO_FAR]


@dataclass(frozen=True)
class Feed:
    """The feed of one workspace."""

    engine: sa.Engine
    workspace: str

    def add(self, connection: sa.Connection, points: Sequence[Mapping[str, Any]]) -> None:
        """Number points, in order, in the transaction that keeps them.

        The row of the end is held until that is over: so numbers are seen in their order, and whoever has seen one
        misses none before it.
        """
        made = insert(self.engine, FEED_ENDS).values(workspace=self.workspace, number=len(points))
        more = made.on_conflict_do_update(
            index_elements=["workspace"], set_={"number": FEED_ENDS.c.number + made.excluded.number}
        )
        end: int = connection.execute(more.returning(FEED_ENDS.c.number)).scalar_one()
        kept = number_of(datetime.now(UTC))
        rows = [
            {
                "workspace": self.workspace,
                "metric": p["metric"],
                "time": p["time"],
                "number": n,
                "first": n,
                "kept": kept,
            }
            for n, p in enumerate(points, end - len(points) + 1)
        ]
        fed = insert(self.engine, FEED)
        later = {name: fed.excluded[name] for name in ("number", "kept")}
        connection.execute(fed.on_conflict_do_update(index_elements=["workspace", "metric", "time"], set_=later), rows)

    def after(self, number: int, most: int) -> list[Fed]:
        """Return the next points after a number, in order."""
        same = (POINTS.c.workspace == FEED.c.workspace) & (POINTS.c.metric == FEED.c.metric)
        same &= (POINTS.c.time == FEED.c.time) & (POINTS.c.period == 0)
        whose = (METRICS.c.workspace == FEED.c.workspace) & (METRICS.c.id == FEED.c.metric)
        asked = sa.select(FEED.c.number, FEED.c.first, *TOLD).join(POINTS, same).join(METRICS, whose)
        asked = asked.where(self._ours, FEED.c.number > number).order_by(FEED.c.number).limit(most)
        with self.engine.connect() as connection:
            rows = connection.execute(asked).all()
        return [Fed(own, first <= number, latest_of(told)) for own, first, *told in rows]

    def end(self) -> int:
        """Return the number of the last one."""
        asked = sa.select(FEED_ENDS.c.number).where(FEED_ENDS.c.workspace == self.workspace)
        with self.engine.connect() as connection:
            return connection.execute(asked).scalar() or 0

    def waiting(self, number: int) -> int:
        """Return how many there are after a number."""
        asked = sa.select(sa.func.count()).select_from(FEED).where(self._ours, FEED.c.number > number)
        with self.engine.connect() as connection:
            return connection.execute(asked).scalar_one()

    def drop(self, before: datetime) -> int:
        """Forget those that were kept before then."""
        with self.engine.begin() as connection:
            old = sa.delete(FEED).where(self._ours, FEED.c.kept < number_of(before))
            return connection.execute(old).rowcount

    @property
    def _ours(self) -> sa.ColumnElement[bool]:
        return FEED.c.workspace == self.workspace
