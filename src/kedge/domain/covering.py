"""Which of many metrics that are asked for cover one that came, without comparing it with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.domain.metric import Metric

Kept = TypeVar("Kept")


class Covering(Generic[Kept]):
    """Items by the metric that they ask for.

    Those who ask for one name mostly give values to the same few dimensions. So there is one look for each set of
    these, and not for each item.

    >>> from kedge.domain.metric import Metric
    >>> asked = Covering[str]()
    >>> asked.add(Metric("data", "drift", (("Endpoint", "fraud"),)), "mine")
    >>> list(asked.of(Metric("data", "drift", (("Endpoint", "fraud"), ("Feature", "age")))))
    ['mine']
    """

    def __init__(self) -> None:
        self._named: dict[tuple[str, str], dict[tuple[str, ...], dict[tuple[str, ...], list[Kept]]]] = {}

    def add(self, metric: Metric, item: Kept) -> None:
        """Have an item found by what its metric covers."""
        sets = self._named.setdefault((metric.namespace, metric.name), {})
        values = sets.setdefault(tuple(name for name, _ in metric.dimensions), {})
        values.setdefault(tuple(value for _, value in metric.dimensions), []).append(item)

    def names(self) -> set[str]:
        """Return the names that are asked for."""
        return {name for _, name in self._named}

    def of(self, metric: Metric) -> Iterator[Kept]:
        """Yield the items whose metric covers this one, as :meth:`kedge.domain.metric.Metric.covers` has it."""
        sets = self._named.get((metric.namespace, metric.name))
        if sets:
            own = dict(metric.dimensions)
            for names, values in sets.items():
                if own.keys() >= set(names):
                    yield from values.get(tuple(own[name] for name in names), ())
