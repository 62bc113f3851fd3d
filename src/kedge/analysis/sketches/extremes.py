"""The smallest and the largest number."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from kedge.analysis.batch import Column


@dataclass(frozen=True, slots=True)
class Extremes:
    """Smallest and largest finite number, exactly; merging equals one scan.

    Attributes
    ----------
    min, max
        In the unit of the feature; None where no finite number was seen. A zero is written as 0.0, never -0.0.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> Extremes().update(column([3, -1.5, float("inf"), None]))
    Extremes(min=-1.5, max=3.0)
    """

    min: float | None = None
    max: float | None = None

    def update(self, column: Column) -> Self:
        """Return the extremes with a further column."""
        numbers = column.ordered
        return self.merge(type(self)(float(numbers[0]), float(numbers[-1]))) if len(numbers) else self

    def merge(self, other: Self) -> Self:
        """Return the extremes of both."""
        if self.min is None or other.min is None or self.max is None or other.max is None:
            return other if self.min is None else self
        return type(self)(min(self.min, other.min), max(self.max, other.max))

    def to_json(self) -> dict[str, float | None]:
        """Return both by name, null where there is none."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(**data)
