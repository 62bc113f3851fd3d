"""How far numbers were from the truth."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from kedge.analysis.quality.tally import summed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Figures = NDArray[np.float64]


@dataclass(frozen=True)
class Errors:
    r"""Moments of the error and of the label, in each of R replicas: ``(R,)`` each.

    The error is the prediction minus the label. The squared deviations of the label merge as those of
    :class:`~kedge.analysis.sketches.moments.Moments`, so a large mean takes nothing from them.

    Attributes
    ----------
    count
        How many rows.
    total, absolute, squared
        The sums of the error, of its size, and of its square.
    mean, m2
        The mean label, and the sum of the squared deviations from it.

    Notes
    -----
    Merging equals one scan to a relative 1e-12. A label or prediction beyond ±1e70 counts as ±1e70, so that squares,
    and the variance of their sums, stay finite.
    """

    LIMIT: ClassVar[float] = 1e70

    count: Figures
    total: Figures
    absolute: Figures
    squared: Figures
    mean: Figures
    m2: Figures

    @classmethod
    def nothing(cls, replicas: int) -> Self:
        """Return the neutral element."""
        return cls(*(np.zeros(replicas) for _ in fields(cls)))

    @classmethod
    def of(cls, weights: NDArray[np.uint8], actual: Figures, predicted: Figures) -> Self:
        """Return the moments of rows, all of them within the limit."""
        if not len(actual):
            return cls.nothing(len(weights))
        error = predicted - actual
        count, total, absolute, squared, label = summed(
            weights, np.stack([np.ones(len(actual)), error, abs(error), error * error, actual])
        ).T
        mean = _share(label, count)
        # Around the mean of each replica: one may be without the row that leads the others far away.
        m2 = [replica @ (actual - center) ** 2 for replica, center in zip(weights, mean, strict=True)]
        return cls(count, total, absolute, squared, mean, np.array(m2))

    def merge(self, other: Self) -> Self:
        """Return the moments of both."""
        count, delta = self.count + other.count, other.mean - self.mean
        share = _share(other.count, count)
        return type(self)(
            count,
            self.total + other.total,
            self.absolute + other.absolute,
            self.squared + other.squared,
            self.mean + delta * share,
            self.m2 + other.m2 + delta * delta * share * self.count,
        )

    def part(self, replicas: slice) -> Self:
        """Return some of the replicas."""
        return type(self)(*(getattr(self, f.name)[replicas] for f in fields(self)))

    def agrees(self, other: Self) -> bool:
        """Whether both can be of the same rows: equal but for rounding, see the notes."""
        square = self.m2 + self.count * self.mean * self.mean + self.squared
        root, count = np.sqrt(square), np.maximum(self.count, 1)
        scales = {
            "count": 0 * root,
            "total": root * np.sqrt(count),
            "absolute": root * np.sqrt(count),
            "squared": square,
            "mean": root / np.sqrt(count),
            "m2": square,
        }
        return all(
            bool((abs(getattr(self, name) - getattr(other, name)) <= 1e-12 * scale + sys.float_info.min).all())
            for name, scale in scales.items()
        )

    def to_json(self) -> dict[str, Any]:
        """Return the figures by name."""
        return {f.name: getattr(self, f.name).tolist() for f in fields(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        return cls(**{f.name: np.array(data[f.name], np.float64) for f in fields(cls)})


def _share(part: Figures, count: Figures) -> Figures:
    return np.divide(part, count, out=np.zeros(len(count)), where=count > 0)
