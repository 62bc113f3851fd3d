"""What changed when a window was judged again, as more labels had landed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedge.analysis.quality.suggest import DEMANDED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.analysis.quality.documents import QualityStatistics
    from kedge.analysis.quality.report import MetricFinding


def changes(
    before: QualityStatistics,
    now: QualityStatistics,
    findings_before: Sequence[MetricFinding] = (),
    findings_now: Sequence[MetricFinding] = (),
) -> list[str]:
    """Return in sentences what is another than it was; nothing where nothing is.

    Told are the coverage (``coverage`` of ``ground_truth``), the rows, the metrics of which constraints are suggested,
    as far as three digits show it, and the violations that are gone or new.

    >>> from kedge.analysis.quality.documents import QualityStatistics
    >>> data = {"dataset": {"item_count": 620}, "regression_metrics": {"mae": {"value": 0.71}}}
    >>> before = QualityStatistics.model_validate(data | {"ground_truth": {"coverage": 0.62}})
    >>> data = {"dataset": {"item_count": 910}, "regression_metrics": {"mae": {"value": 0.74}}}
    >>> for sentence in changes(before, QualityStatistics.model_validate(data | {"ground_truth": {"coverage": 0.91}})):
    ...     print(sentence)
    62.0 % of the captures had a label, now 91.0 % have.
    The metrics were of 620 rows, now of 910.
    mae went from 0.71 to 0.74.
    """
    found = [*_coverage(before, now), *_rows(before, now), *_metrics(before, now)]
    return [*found, *_violations(findings_before, findings_now)]


def _coverage(before: QualityStatistics, now: QualityStatistics) -> Iterator[str]:
    was, is_ = ((side.ground_truth or {}).get("coverage") for side in (before, now))
    if was is not None and is_ is not None and was != is_:
        yield f"{100 * was:.1f} % of the captures had a label, now {100 * is_:.1f} % have."


def _rows(before: QualityStatistics, now: QualityStatistics) -> Iterator[str]:
    was, is_ = before.dataset.item_count, now.dataset.item_count
    if was != is_:
        yield f"The metrics were of {was:,} rows, now of {is_:,}."


def _metrics(before: QualityStatistics, now: QualityStatistics) -> Iterator[str]:
    was, is_ = before.metrics.scalars, now.metrics.scalars
    both = [name for name in DEMANDED[now.problem] if name in was and name in is_]
    texts = {name: (f"{was[name].value:.3g}", f"{is_[name].value:.3g}") for name in both}
    moved = [f"{name} went from {old} to {new}" for name, (old, new) in texts.items() if old != new]
    if moved:
        yield f"{', '.join(moved)}."


def _violations(before: Sequence[MetricFinding], now: Sequence[MetricFinding]) -> Iterator[str]:
    was, is_ = ([_named(finding) for finding in findings] for findings in (before, now))
    if gone := [name for name in was if name not in is_]:
        yield f"No longer a violation: {', '.join(gone)}."
    if new := [name for name in is_ if name not in was]:
        yield f"Now a violation: {', '.join(new)}."


def _named(finding: MetricFinding) -> str:
    return f"{finding.metric_name} in {finding.segment}" if finding.segment else finding.metric_name
