"""Count, mean and spread."""

from __future__ import annotations

import math
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

if TYPE_CHECKING:
    from kedge.analysis.batch import Column


@dataclass(frozen=True, slots=True)
class Moments:
    r"""Count, mean and the sum of squared deviations from it, of the finite numbers.

    :math:`M_2 = \sum_i (x_i - \bar x)^2`; two parts merge by

    .. math:: \bar x = \bar x_a + \delta\, n_b / n, \qquad M_2 = M_{2,a} + M_{2,b} + \delta^2 n_a n_b / n,
       \qquad \delta = \bar x_b - \bar x_a

    Attributes
    ----------
    count
        How many finite numbers.
    mean
        In the unit of the feature; 0.0 where there is no number.
    m2
        In its square, not negative; exactly 0.0 for a constant column.
    infinite
        How many numbers are plus or minus infinity; they enter nothing else.

    Notes
    -----
    Merging equals one scan to a relative 1e-12 of the root mean square (``m2``: of its square times the count).
    A number beyond ±1e145 counts as ±1e145, so that the squares of any number of values stay finite: where such
    values occur the moments say "astronomic" and the exact figures are those of ``Extremes`` and ``Kll``.

    Examples
    --------
    >>> from kedge.analysis.batch import column
    >>> moments = Moments().update(column([1, 2, 3])).merge(Moments().update(column([4, 5])))
    >>> moments.sum, moments.variance
    (15.0, 2.0)

    References
    ----------
    Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm for computing sample variances, 1979.
    """

    LIMIT: ClassVar[float] = 1e145

    count: int = 0
    mean: float = 0.0
    m2: float = 0.0
    infinite: int = 0

    @property
    def sum(self) -> float:
        """Count times mean; a whole number where rounding is all that keeps it from being one."""
        product = self.count * self.mean
        whole = float(round(product))
        return whole if math.isclose(whole, product, rel_tol=1e-14) else product

    @property
    def variance(self) -> float:
        """The population's variance, ``m2 / count``; 0.0 where there is no number."""
        return self.m2 / self.count if self.count else 0.0

    @property
    def std_dev(self) -> float:
        """The population's standard deviation, the root of the variance."""
        return math.sqrt(self.variance)

    def update(self, column: Column) -> Self:
        """Return the moments with a further column."""
        numbers = column.ordered
        if not len(numbers):
            return self.merge(type(self)(infinite=column.infinite))
        if max(-numbers[0], numbers[-1]) > self.LIMIT:
            numbers = np.clip(numbers, -self.LIMIT, self.LIMIT)
        # The median lies within one standard deviation of the mean, so nothing is lost by taking the mean off
        # afterwards; and the deviations of a constant column are zero to the last bit.
        median = numbers[len(numbers) // 2]
        deviations = numbers - median
        shift = deviations.mean()
        deviations *= deviations
        m2 = deviations.sum() - len(numbers) * shift * shift
        return self.merge(type(self)(len(numbers), float(median + shift), max(0.0, float(m2)), column.infinite))

    def merge(self, other: Self) -> Self:
        """Return the moments of both."""
        count = self.count + other.count
        share = other.count / count if count else 0.0
        delta = other.mean - self.mean
        return type(self)(
            count,
            self.mean + delta * share,
            self.m2 + other.m2 + delta * delta * share * self.count,
            self.infinite + other.infinite,
        )

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same numbers: equal but for rounding, see the notes."""
        square = self.mean * self.mean + self.variance
        tiny = sys.float_info.min  # where squares underflow nothing relative can be promised
        return (
            (self.count, self.infinite) == (other.count, other.infinite)
            and abs(self.mean - other.mean) <= 1e-12 * math.sqrt(square) + tiny
            and abs(self.m2 - other.m2) <= 1e-12 * self.count * square + tiny
        )

    def to_json(self) -> dict[str, float]:
        """Return the four figures by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(**data)
