"""What is remembered of a column: a commutative monoid, JSON in, JSON out. One file an item.

``Sketch()`` is the neutral element. Sketches are values: ``update`` and ``merge`` return a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from kedge.analysis.batch import Column


class Sketch(Protocol):
    """What every sketch can do."""

    def update(self, column: Column) -> Self:
        """Return the sketch of all that was seen and of this column."""
        ...

    def merge(self, other: Self) -> Self:
        """Return the sketch of all that either has seen."""
        ...

    def to_json(self) -> Any:
        """Return plain JSON data."""
        ...

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read what :meth:`to_json` wrote."""
        ...
