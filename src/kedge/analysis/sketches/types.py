"""How many values are of each type."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from kedge.analysis.batch import Column


@dataclass(frozen=True, slots=True)
class Types:
    """Counts of values by type: one count for each :class:`~kedge.analysis.batch.Kind`, in its order.

    Merging adds, so it equals one scan exactly.

    Attributes
    ----------
    missing, fractional, integral, boolean, string
        Number of values, not negative.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> types = Types().update(column([1, 2.5, None]))
    >>> types.present, types.total, types.inferred_type
    (2, 3, 'Fractional')

    References
    ----------
    Reference specification, data-quality.md, 3.3, "How constraints are suggested", rule 1.
    """

    missing: int = 0
    fractional: int = 0
    integral: int = 0
    boolean: int = 0
    string: int = 0

    @property
    def present(self) -> int:
        """How many values are not missing."""
        return self.total - self.missing

    @property
    def total(self) -> int:
        """How many values there are, missing ones included."""
        return self.missing + self.fractional + self.integral + self.boolean + self.string

    @property
    def inferred_type(self) -> Literal["Integral", "Fractional", "String", "Unknown"]:
        """The type of the whole column: Unknown if nothing is present, String if anything is no number."""
        if not self.present:
            return "Unknown"
        if self.string or self.boolean:
            return "String"
        return "Fractional" if self.fractional else "Integral"

    def update(self, column: Column) -> Self:
        """Return the counts with a further column."""
        return self.merge(type(self)(*column.counts.tolist()))

    def merge(self, other: Self) -> Self:
        """Return the sums of both."""
        return type(self)(
            self.missing + other.missing,
            self.fractional + other.fractional,
            self.integral + other.integral,
            self.boolean + other.boolean,
            self.string + other.string,
        )

    def to_json(self) -> dict[str, int]:
        """Return the five counts by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(**data)
