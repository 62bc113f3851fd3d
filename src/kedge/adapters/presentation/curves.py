"""The curves of a binary classifier: the window's over the baseline's, in the unit square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kedge.adapters.presentation import quality
from kedge.adapters.presentation.quality_charts import SIZE, Dot, curve, dots
from kedge.analysis.quality.documents import BinaryMetrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kedge.analysis.quality.documents import Metrics, MetricValue

_DIAGONAL = f"M0 {SIZE}L{SIZE} 0"


@dataclass(frozen=True)
class Plot:
    """A curve of window and baseline; a path is empty where there is none. ``guide`` is what to compare with."""

    title: str
    across: str
    up: str
    baseline: str
    window: str
    guide: str
    guided: str
    figures: str
    dots: tuple[Dot, ...] = ()


def curves(window: Metrics, baseline: Metrics | None) -> list[Plot]:
    """Return the curves that the statistics hold."""
    if not isinstance(window, BinaryMetrics):
        return []
    before = baseline if isinstance(baseline, BinaryMetrics) else BinaryMetrics()
    return [*_roc(window, before), *_precision_recall(window, before), *_reliability(window, before)]


def _roc(window: BinaryMetrics, baseline: BinaryMetrics) -> Iterator[Plot]:
    now, before = (side.receiver_operating_characteristic_curve for side in (window, baseline))
    if now and (path := curve(now.false_positive_rates, now.true_positive_rates)):
        yield Plot(
            title="Receiver operating characteristic",
            across="false positive rate",
            up="true positive rate",
            baseline=curve(before.false_positive_rates, before.true_positive_rates) if before else "",
            window=path,
            guide=_DIAGONAL,
            guided="chance",
            figures=_figures("Area", window.auc, baseline.auc),
        )


def _precision_recall(window: BinaryMetrics, baseline: BinaryMetrics) -> Iterator[Plot]:
    now, before = (side.precision_recall_curve for side in (window, baseline))
    if now and (path := curve(now.recalls, now.precisions)):
        positives = round(SIZE * (1 - _positives(window)))
        yield Plot(
            title="Precision and recall",
            across="recall",
            up="precision",
            baseline=curve(before.recalls, before.precisions) if before else "",
            window=path,
            guide=f"M0 {positives}H{SIZE}",
            guided="chance",
            figures=_figures("Area", window.au_prc, baseline.au_prc),
        )


def _reliability(window: BinaryMetrics, baseline: BinaryMetrics) -> Iterator[Plot]:
    now, before = window.reliability_curve, baseline.reliability_curve
    points = tuple(dots(now.mean_scores, now.positive_rates, now.item_counts)) if now else ()
    if now and points:
        yield Plot(
            title="Reliability",
            across="score",
            up="share of positives",
            baseline=curve(before.mean_scores, before.positive_rates) if before else "",
            window=curve(now.mean_scores, now.positive_rates),
            guide=_DIAGONAL,
            guided="as foretold",
            figures=_figures("Expected calibration error", *(s.expected_calibration_error for s in (window, baseline))),
            dots=points,
        )


def _positives(window: BinaryMetrics) -> float:
    matrix = window.confusion_matrix or {}
    total = sum(sum(row.values()) for row in matrix.values())
    return sum(matrix.get(window.positive, {}).values()) / total if total else 0.0


def _figures(name: str, now: MetricValue | None, before: MetricValue | None) -> str:
    was = f", was {quality.measured(before.value, before.spread)}" if before else ""
    return f"{name} {quality.measured(now.value, now.spread)}{was}" if now else ""
