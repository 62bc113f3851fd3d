"""What chance alone does to a metric, in the rows of one side."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from kedge.analysis.quality.documents import POSITIVE, BinaryMetrics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.quality.documents import MetricValue, QualityStatistics, SegmentMetrics

    Matrix = Mapping[str, Mapping[str, int]]

# Of a binary problem: the metrics that are a share of these rows, and those that hang on how many of them there are.
_SHARES = {
    "actual": ("recall", "true_positive_rate", "false_negative_rate"),
    "predicted": ("precision",),
    "negative": ("true_negative_rate", "false_positive_rate"),
    "all": ("accuracy", "weighted_recall"),
}
_HANG_ON = {"actual": ("f0_5", "f1", "f2", "au_prc"), "fewer": ("auc", "mcc")}


@dataclass(frozen=True, slots=True)
class Side:
    """The metrics of some rows, all or those of one segment; ``matrix`` only where there are two classes."""

    values: Mapping[str, MetricValue]
    rows: int
    matrix: Matrix = field(default_factory=dict)
    positive: str = POSITIVE

    @classmethod
    def of(cls, statistics: QualityStatistics) -> Self:
        """Return all rows of a document."""
        metrics, rows = statistics.metrics, statistics.dataset.item_count
        if isinstance(metrics, BinaryMetrics):
            return cls(_finite(metrics.scalars), rows, metrics.confusion_matrix or {}, metrics.positive)
        return cls(_finite(metrics.scalars), rows)

    def part(self, segment: SegmentMetrics) -> Self:
        """Return the rows of one segment of these."""
        matrix = (segment.confusion_matrix or {}) if self.matrix else {}
        return replace(self, values=_finite(segment.scalars), rows=segment.item_count, matrix=matrix)

    def count(self, name: str) -> int:
        """Return of how many rows a metric speaks: recall of the positive ones, precision of the predicted ones.

        >>> matrix = {"0": {"0": 80, "1": 10}, "1": {"0": 4, "1": 6}}
        >>> [Side({}, 100, matrix).count(name) for name in ("recall", "precision", "false_positive_rate", "accuracy")]
        [10, 16, 90, 100]
        """
        group = next((group for names in (_SHARES, _HANG_ON) for group in names if name in names[group]), "all")
        if not self.matrix or group == "all":
            return self.rows
        actual = sum(self.matrix.get(self.positive, {}).values())
        negative = sum(sum(row.values()) for row in self.matrix.values()) - actual
        predicted = sum(row.get(self.positive, 0) for row in self.matrix.values())
        counts = {"actual": actual, "predicted": predicted, "negative": negative, "fewer": min(actual, negative)}
        return counts[group]

    def deviation(self, name: str) -> float:
        """Return the standard deviation of a metric; 0 where nothing is known of it."""
        value, count = self.values[name], self.count(name)
        return share_deviation(value.value, count) if is_share(name) and count else value.spread or 0.0


def _finite(values: Mapping[str, MetricValue]) -> dict[str, MetricValue]:
    return {name: value for name, value in values.items() if math.isfinite(value.value)}


def is_share(name: str) -> bool:
    """Return whether a metric is a share of rows."""
    return any(name in names for names in _SHARES.values())


def share_deviation(share: float, count: int) -> float:
    """Return the standard deviation of a share of ``count`` rows, of which there is at least one.

    The share is drawn to the middle by two rows of either kind (Agresti and Coull, 1998): 20 of 20 are not certain.

    >>> round(share_deviation(0.8, 10_000), 4), round(share_deviation(1.0, 20), 3)
    (0.004, 0.062)
    """
    middle = (min(max(share, 0.0), 1.0) * count + 2) / (count + 4)
    return math.sqrt(middle * (1 - middle) / count)


def allowance(name: str, threshold: float, baseline: Side | None, window: Side) -> float | None:
    """Return the standard deviation of a healthy window's metric about the threshold, or None where it is not known.

    It is that of the window: the larger of what its own rows say and of what the baseline's say of so many rows, as
    a handful of rows knows little of its own chances. Where the threshold is the baseline's own value, that
    is uncertain too, and its deviation is added; a threshold that a person set is a demand and has none.
    """
    count, seen = window.count(name), window.values[name].spread
    known = baseline.values.get(name) if baseline else None
    if not count or (seen is None and known is None and not is_share(name)):
        return None
    own = 0.0
    if baseline and known and math.isclose(known.value, threshold, rel_tol=1e-9):
        own = baseline.deviation(name)
    return math.hypot(own, max(seen or 0.0, _usual(name, threshold, baseline, window)))


def _usual(name: str, threshold: float, baseline: Side | None, window: Side) -> float:
    """Return the deviation that a metric has in a healthy window of this size; 0 where nothing is known of it."""
    if is_share(name):
        return share_deviation(threshold, window.count(name))
    if baseline is None or name not in baseline.values:
        return 0.0
    return baseline.deviation(name) * math.sqrt(baseline.count(name) / window.count(name))
