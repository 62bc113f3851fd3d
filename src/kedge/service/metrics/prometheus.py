"""The latest points in the text format of Prometheus.

There are so many families and no more: names that somebody chose are labels. Of each family there are so many series at
most; how many were left out is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from kedge.domain.families import FAMILIES, TOTAL, series
from kedge.service.messages.figures import figures
from kedge.service.metrics.queue import queue
from kedge.service.metrics.sending import states

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kedge.domain.metric import Latest, Metric
    from kedge.ports import Rooms

    Series = tuple[str, str, Callable[[Latest], float]]  # its family, its labels, and what it tells

MOST: Final = 5_000  # series of a family and workspace
MOST_KNOWN: Final = 50_000  # metrics whose labels are not written again
TYPES: Final = ("gauge", "counter")
_ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass
class Exposition:
    """Collects series, family by family."""

    _families: dict[str, dict[str, float]] = field(default_factory=lambda: {name: {} for name in FAMILIES})

    def add(self, workspace: str, room: Rooms) -> None:
        """Add the series of a workspace."""
        own = f'workspace="{escaped(workspace)}"'
        counts = dict.fromkeys(FAMILIES, 0)
        for latest in room.points.latest():
            for family, labels, figure in _series(latest.metric):
                self._add(counts, family, own + labels, figure(latest))
        for family, value in queue(room):
            self._add(counts, family, own, value)
        for family, to, value in figures(room):
            self._add(counts, family, f'{own},to="{escaped(to)}"', value)
        for sink, family, value in states(room, room.feed):
            self._add(counts, family, f'{own},sink="{escaped(sink)}"', value)
        for family, count in counts.items():
            if count > MOST:
                self._families["series_left_out"][f'{own},family="kedge_{family}"'] = count - MOST

    def _add(self, counts: dict[str, int], family: str, labels: str, value: float) -> None:
        counts[family] += 1
        if counts[family] <= MOST:
            self._families[family][labels] = value

    def text(self) -> str:
        """Return all of it; each family has its help and its type once."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, found in self._families.items():
            if found:
                yield f"# HELP kedge_{name} {FAMILIES[name]}"
                yield f"# TYPE kedge_{name} {TYPES[name.endswith(TOTAL)]}"
                yield from (f"kedge_{name}{{{labels}}} {value!r}" for labels, value in found.items())


def escaped(text: str) -> str:
    """Return a text as the value of a label.

    >>> print(escaped('a "b"'))
    a \\"b\\"
    """
    return text.translate(_ESCAPED)


@lru_cache(maxsize=MOST_KNOWN)
def _series(metric: Metric) -> tuple[Series, ...]:
    return tuple((one.family, "".join(_label(*label) for label in one.labels), one.figure) for one in series(metric))


def _label(name: str, value: str) -> str:
    return f',{name}="{escaped(value)}"'
